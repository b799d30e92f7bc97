// Renews the parts of the page that change. Without this script, the page is complete and is renewed by the link "Status".
'use strict';

(() => {
  const EVERY = 2000;
  const parts = document.querySelectorAll('[data-live]');
  const state = document.getElementById('live-state');
  if (parts.length === 0) {
    return;
  }
  let paused = false;

  const text = document.createElement('span');
  const button = document.createElement('button');
  button.type = 'button';
  state.replaceChildren(text, button);

  const show = (words, lost) => {
    if (text.textContent !== words) {
      text.textContent = words;
    }
    state.classList.toggle('lost', lost);
    button.textContent = paused ? 'Go on' : 'Pause';
  };

  const renew = async () => {
    const answer = await fetch('/admin/live', { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) {
      throw new Error(`the server answered ${answer.status}`);
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of parts) {
      const next = fresh.getElementById(part.id);
      // What has the focus, or is being scrolled, stays as it is until it is left.
      if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
        part.replaceChildren(...next.childNodes);
      }
    }
  };

  const loop = async () => {
    if (!paused && document.visibilityState === 'visible') {
      try {
        await renew();
        show('Live', false);
      } catch (failure) {
        show('The server does not answer; trying again', true);
      }
    }
    setTimeout(loop, EVERY);
  };

  button.addEventListener('click', () => {
    paused = !paused;
    show(paused ? 'Paused' : 'Live', false);
  });
  show('Live', false);
  setTimeout(loop, EVERY);
})();
