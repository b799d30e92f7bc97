# The tools that Debian has no packages of, and where they are. Sourced.

readonly CHART_TOOLS=${CHART_TOOLS:-$HOME/.cache/cistern-chart/bin}

# chart_tools: builds the missing ones with Go 1.26 or later; helm takes some minutes.
chart_tools() {
  mkdir -p "$CHART_TOOLS"
  if [[ ! -x $CHART_TOOLS/helm ]]; then
    local installed
    if installed=$(command -v helm); then
      ln -sf "$installed" "$CHART_TOOLS/helm"
    else
      need_go && GOBIN=$CHART_TOOLS go install helm.sh/helm/v3/cmd/helm@v3.22.0 || return 1
    fi
  fi
  if [[ ! -x $CHART_TOOLS/manifests || $suite/manifests/main.go -nt $CHART_TOOLS/manifests ]]; then
    need_go && (cd "$suite/manifests" && go build -o "$CHART_TOOLS/manifests" .) || return 1
  fi
}

need_go() {
  command -v go >/dev/null || {
    echo "go not found: install Go 1.26 or later" >&2
    return 1
  }
}
