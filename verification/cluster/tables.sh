# Tables of figures, in Markdown. Sourced.

# table TITLE COLUMN...: begins a table, and shows its title.
table() {
  {
    printf '\n%s\n\n' "$1"
    shift
    cells "$@"
    printf '|---'
    shift
    printf '|---:%.0s' "$@"
    printf '|\n'
  } >>"$WORK/tables"
}

# row CELL...: adds a row, and shows it.
row() {
  cells "$@" >>"$WORK/tables"
  printf '      %s\n' "$(printf '%s  ' "$@")"
}

cells() {
  printf '| %s ' "$@"
  printf '|\n'
}

# times BYTES SIZE: how many times the size was sent.
times() { awk -v b="$1" -v s="$2" 'BEGIN { printf "%.2f", b / s }'; }

# at_most LIMIT FIGURE, at_least LIMIT FIGURE
at_most() { compared "<=" "$@"; }
at_least() { compared ">=" "$@"; }
below() { compared "<" "$@"; }

compared() {
  awk -v limit="$2" -v figure="$3" "BEGIN { exit !(figure != \"\" && figure + 0 $1 limit + 0) }" && return 0
  echo "expected $1 $2, got $3"
  return 1
}
