// The status page in a browser: looks, accessibility, and work without a script. See ../README.md.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { Registry } from './registry.mjs';

const out = process.argv[2];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MiB = 1 << 20;

let passed = 0;
let failed = 0;
function check(what, fact, detail = '') {
  console.log(`${fact ? 'ok  ' : 'FAIL'} ${what}${fact ? '' : `: ${detail}`}`);
  fact ? passed++ : failed++;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what, condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    if (await condition()) {
      return;
    }
  }
  throw new Error(`waited in vain: ${what}`);
}

const registry = new Registry();
const upstream = await registry.listen();
const others = new Registry();
const otherUrl = await others.listen();

/** Starts the server under test; resolves when it says where it listens. */
function serve(dir) {
  const config = join(dir, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1
log: {accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${join(dir, 'data')}}}
http: {addr: '127.0.0.1:0', debug: {addr: '127.0.0.1:0'}, admin: {addr: '127.0.0.1:${PORT}'}}
proxy:
  remoteurl: ${upstream}
  name: docker.io
  maxsize: 1GiB
  negativettl: 0s
  upstreams:
    - {name: ghcr.io, remoteurl: '${otherUrl}'}
  peers: {addresses: ['127.0.0.1:1'], secret: a secret for the servers of a check}
`,
  );
  const program = process.env.CISTERN_CLASSPATH
    ? ['-cp', process.env.CISTERN_CLASSPATH, 'dev.cistern.server.Main']
    : ['-jar', process.env.CISTERN_JAR];
  const server = spawn('java', ['-Xmx96m', ...program, 'serve', config], { stdio: ['ignore', 'inherit', 'pipe'] });
  let log = '';
  return new Promise((resolve, reject) => {
    server.stderr.on('data', (data) => {
      log += data;
      writeFileSync(join(out, 'server.log'), log);
      const listening = log.match(/Listening on http:\/\/(127\.0\.0\.1:\d+)\//);
      if (listening) {
        resolve({ server, cache: `http://${listening[1]}` });
      }
    });
    server.on('exit', () => reject(new Error(`the server ended:\n${log}`)));
  });
}

const PORT = 20000 + (process.pid % 20000);
const page = `http://localhost:${PORT}/admin/`;
const dir = join(out, 'run');
rmSync(dir, { recursive: true, force: true });
mkdirSync(dir, { recursive: true });

/** Pulls what a client would; the body is read to its end. */
const get = async (url) => Buffer.from(await (await fetch(url)).arrayBuffer());
async function pull(cache, repository, tag) {
  const manifest = JSON.parse(await get(`${cache}/v2/${repository}/manifests/${tag}`));
  if (manifest.manifests) {
    for (const each of manifest.manifests) {
      await pull(cache, repository, each.digest);
    }
    return;
  }
  const blobs = [manifest.config, ...manifest.layers];
  await Promise.all(blobs.map((blob) => get(`${cache}/v2/${repository}/blobs/${blob.digest}`)));
}

const action = (path, body) =>
  fetch(new URL(path, page), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const json = async (path) => (await fetch(new URL(path, page))).json();

/** A request with any headers, which fetch() does not allow. */
const status = (path, method, headers, body) =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: PORT, path, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject);
    asked.end(body);
  });

async function accessible(tab, name) {
  await tab.evaluate(axe);
  const result = await tab.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  const findings = result.violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).slice(0, 4).join('; ')})`,
  );
  writeFileSync(
    join(out, `axe-${name.replaceAll(/\W+/g, '-')}.json`),
    JSON.stringify({ violations: result.violations, incomplete: result.incomplete.map(({ id, help }) => ({ id, help })) }, null, 1),
  );
  check(`axe finds nothing: ${name} (${result.passes.length} rules pass)`, findings.length === 0, findings.join('\n     '));
}

const shot = (tab, name) => tab.screenshot({ path: join(out, `${name}.png`), fullPage: true });
const fits = (tab) => tab.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

let running;
let browser;
try {
  const many = Array.from({ length: 60 }, (_, i) => `1.${i}`);
  registry.image('library/alpine', ['3.20', 'latest'], [3.4 * MiB]);
  registry.image('library/nginx', many, [2 * MiB, 800 * 1024, 12 * 1024]);
  registry.index('library/debian', ['12', 'bookworm'], [9 * MiB]);
  registry.image('team/with-a-rather-long-name/and-more-components/application-server', ['2026.11.27-build.1842'], [MiB]);
  others.image('owner/app', ['v1'], [5 * MiB, MiB]);
  const { layers } = registry.image('library/postgres', ['17'], [40 * MiB, 6 * MiB, 22 * MiB]);
  layers.forEach((layer) => registry.slow.add(layer.digest));
  registry.bytesPerSecond = MiB;

  running = await serve(dir);
  const { cache } = running;
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
  });
  await until('the page answers', async () => (await fetch(page).catch(() => null))?.ok);

  // What a day brings, in short.
  for (const [repository, tag] of [
    ['library/alpine', '3.20'],
    ['library/alpine', 'latest'],
    ['team/with-a-rather-long-name/and-more-components/application-server', '2026.11.27-build.1842'],
    ['ghcr.io/owner/app', 'v1'],
  ]) {
    await pull(cache, repository, tag);
    await pull(cache, repository, tag);
  }
  for (const tag of many) {
    await pull(cache, 'library/nginx', tag);
  }
  for (let i = 0; i < 20; i++) {
    await pull(cache, 'library/alpine', '3.20');
  }
  check('warm is accepted', (await action('warm', { image: 'debian:12', platform: 'all' })).status === 202);
  await until('the image is warm', async () => (await json('tasks')).tasks[0].state === 'done');
  const before = registry.left;
  await pull(cache, 'library/debian', 'bookworm');
  check('a warm image of all platforms is in the cache', before - registry.left <= 2, `${before - registry.left} manifests fetched`);
  check('a collection is accepted', (await action('gc', {})).status === 202);
  await until('the collection ends', async () => (await json('tasks')).tasks.every((task) => task.state === 'done'));
  await get(`${cache}/v2/owner/secret/manifests/v1`);
  others.failing = true;
  for (let i = 0; i < 8; i++) {
    await get(`${cache}/v2/ghcr.io/owner/app/manifests/v1`);
    await get(`${cache}/v2/ghcr.io/owner/app${i}/manifests/v1`);
  }
  const pulls = [pull(cache, 'library/postgres', '17'), pull(cache, 'library/postgres', '17'), pull(cache, 'library/postgres', '17')];
  await until('three fetches', async () => (await json('transfers')).transfers.filter((each) => each.received > 0).length === 3);

  const tab = await browser.newPage();
  const troubles = [];
  tab.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
  tab.on('pageerror', (error) => troubles.push(String(error)));
  tab.on('requestfailed', (each) => troubles.push(each.url()));
  await tab.setViewport({ width: 1440, height: 900 });
  await tab.goto(page);
  await sleep(4500);
  await shot(tab, 'wide');
  check('nothing is wider than a wide window', await fits(tab));
  await accessible(tab, 'status, light');
  const value = () => tab.$eval('#transfers progress', (bar) => bar.value);
  const first = await value();
  await until('the bar grows', async () => (await value()) > first);
  check('bars grow while one looks on', true);
  const readers = (await json('transfers')).transfers.map((each) => each.readers);
  // Those that pull, and the cache itself, which fetches ahead.
  check('each fetch has three readers or four', readers.every((count) => count === 3 || count === 4), String(readers));
  const shown = await tab.$eval('#upstreams', (part) => part.textContent);
  check('a hostile text of an upstream is shown as text', shown.includes('<script>'), shown);
  const state = await json('upstreams');
  check('the failing upstream is down', state.upstreams[1].down && shown.includes('failing'), JSON.stringify(state));
  const peers = await json('peers');
  const dead = await tab.$eval('#peers', (part) => part.textContent);
  check('a peer that does not answer is skipped', peers.peers[0].state === 'failing' && dead.includes('skipped') && dead.includes('Last error'), JSON.stringify(peers));
  check('no script of an upstream ran', (await tab.title()).startsWith('Cistern'), await tab.title());

  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await sleep(300);
  await shot(tab, 'dark');
  await accessible(tab, 'status, dark');
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);

  await tab.setViewport({ width: 390, height: 844, isMobile: true, deviceScaleFactor: 2 });
  await sleep(2500);
  await shot(tab, 'narrow');
  check('nothing is wider than a narrow window', await fits(tab), await tab.evaluate(() => `${document.documentElement.scrollWidth}`));
  await accessible(tab, 'status, narrow');
  await tab.setViewport({ width: 1440, height: 900 });

  // By keyboard: the first stop is the way to the content, and everything that acts can be reached.
  await tab.goto(page);
  await tab.keyboard.press('Tab');
  check('the first stop is the skip link', (await tab.evaluate(() => document.activeElement.className)) === 'skip');
  const stops = new Set();
  for (let i = 0; i < 60; i++) {
    await tab.keyboard.press('Tab');
    stops.add(await tab.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.name));
  }
  check('forms and clients are reached by keyboard', ['Search', 'Fetch', 'Collect garbage', 'Docker', 'Pause'].every((stop) => stops.has(stop)), [...stops].join(', '));
  await tab.$eval('#live-state button', (button) => button.click());
  check('the page can be held', (await tab.$eval('#live-state', (part) => part.textContent)).includes('Paused'));
  await tab.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
  await tab.$eval('#clients-h', (heading) => heading.scrollIntoView());
  check('the settings name this host', (await tab.$eval('.snippets', (part) => part.textContent)).includes(`localhost:${new URL(cache).port}`));
  await shot(tab, 'clients');
  await accessible(tab, 'status, clients open');

  await tab.goto(`${page}repository?name=library/nginx`);
  await shot(tab, 'repository');
  await accessible(tab, 'repository');
  check('tags come in pages', (await tab.$$('tbody tr')).length === 50 && (await tab.$('.pager a')) !== null);
  await tab.goto(`${page}purge?repository=library/nginx&reference=1.7`);
  await shot(tab, 'purge');
  await accessible(tab, 'purge');
  check('no error in the console', troubles.length === 0, troubles.join('\n     '));

  // Without a script.
  const plain = await browser.newPage();
  await plain.setJavaScriptEnabled(false);
  await plain.setViewport({ width: 1440, height: 900 });
  await plain.goto(page);
  await plain.type('input[name=q]', 'nginx');
  await Promise.all([plain.waitForNavigation(), plain.keyboard.press('Enter')]);
  check('search works without a script', (await plain.$$('a.name')).length === 1);
  await Promise.all([plain.waitForNavigation(), plain.click('a.name')]);
  await Promise.all([plain.waitForNavigation(), plain.click('tbody tr:first-child a')]);
  check('a purge asks first', (await plain.$eval('h1', (heading) => heading.textContent)) === 'Purge?');
  await Promise.all([plain.waitForNavigation(), plain.click('button.danger')]);
  check('and goes to the status page', plain.url().startsWith(page), plain.url());
  await until('the purge ends', async () => (await json('tasks')).tasks[0].kind === 'purge' && (await json('tasks')).tasks[0].state === 'done');
  const tags = (await json('repositories?repository=library/nginx&n=1000')).tags.map((each) => each.tag);
  check('the tag is gone', !tags.includes('1.0') && tags.length === many.length - 1, `${tags.length} tags`);
  await plain.type('input[name=image]', 'library/alpine:latest');
  await Promise.all([plain.waitForNavigation(), plain.click('section[aria-labelledby=warm-h] button')]);
  await until('the fetch ends', async () => (await json('tasks')).tasks.some((task) => task.kind === 'warm' && task.subject.startsWith('library/alpine:latest') && task.state === 'done'));
  check('an image is fetched without a script', true);
  await plain.goto(page);
  await shot(plain, 'plain');

  // What other sites may not do.
  const form = 'repository=library%2Falpine';
  const asForm = { Host: `localhost:${PORT}`, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': form.length };
  check('a form without the token is refused', (await status('/admin/purge', 'POST', asForm, form)) === 403);
  const asJson = { Host: `localhost:${PORT}`, 'Content-Type': 'application/json', 'Content-Length': 2 };
  check('another Origin is refused', (await status('/admin/gc', 'POST', { ...asJson, Origin: 'http://evil.example' }, '{}')) === 403);
  check('another site is refused', (await status('/admin/gc', 'POST', { ...asJson, 'Sec-Fetch-Site': 'cross-site' }, '{}')) === 403);
  check('another Host is refused', (await status('/admin/', 'GET', { Host: 'evil.example' })) === 403);

  registry.bytesPerSecond = Infinity;
  await Promise.all(pulls);
  await until('nothing is fetched', async () => (await json('transfers')).transfers.length === 0);
  check('the slow pulls end, and nothing is in progress then', true);
} catch (error) {
  check('the suite ran to its end', false, error.stack);
} finally {
  await browser?.close();
  running?.server.removeAllListeners('exit');
  running?.server.kill();
  registry.close();
  others.close();
}
console.log(`${passed} passed, ${failed} failed; screenshots and findings are in ${out}`);
process.exit(failed === 0 ? 0 : 1);
