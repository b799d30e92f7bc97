// A registry with made-up images, for the page to show something: it has rate limits, is slow when told to, and fails with a
// text that would be harmful if a page did not escape it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

export const HOSTILE = `<script>document.title='broken'</script><img src=x onerror="document.title='broken'">&"'`;

const sha = (bytes) => 'sha256:' + createHash('sha256').update(bytes).digest('hex');

/** Bytes that no compression makes small, the same each time. */
function bytes(size, seed) {
  const block = createHash('sha512').update(seed).digest();
  const all = Buffer.alloc(size);
  for (let i = 0; i < size; i += block.length) {
    block.copy(all, i);
    all.writeUInt32LE(i, Math.min(i, size - 4));
  }
  return all;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

export class Registry {
  constructor() {
    this.blobs = new Map();
    this.manifests = new Map();
    this.slow = new Set();
    this.bytesPerSecond = 1 << 20;
    this.failing = false;
    this.left = 87;
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** Adds an image of one platform and returns its manifest's descriptor. */
  image(repository, tags, sizes, architecture = 'amd64') {
    const blob = (content) => {
      const digest = sha(content);
      this.blobs.set(digest, content);
      return { digest, size: content.length };
    };
    const config = blob(Buffer.from(JSON.stringify({ architecture, os: 'linux', repository, tags })));
    const layers = sizes.map((size, i) => blob(bytes(size, `${repository} ${tags[0]} ${architecture} ${i}`)));
    const body = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer })),
      }),
    );
    return { ...this.put(repository, tags, MANIFEST, body), layers };
  }

  /** Adds an image of two platforms. */
  index(repository, tags, sizes) {
    const manifests = ['amd64', 'arm64'].map((architecture) => {
      const { digest, size } = this.image(repository, [`${architecture}-of-${tags[0]}`], sizes, architecture);
      return { mediaType: MANIFEST, digest, size, platform: { os: 'linux', architecture } };
    });
    return this.put(repository, tags, INDEX, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })));
  }

  put(repository, tags, type, body) {
    const digest = sha(body);
    for (const reference of [...tags, digest]) {
      this.manifests.set(`/v2/${repository}/manifests/${reference}`, { type, body, digest });
    }
    return { digest, size: body.length };
  }

  answer(request, response) {
    const path = request.url.split('?')[0];
    if (this.failing) {
      response.writeHead(503, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message: HOSTILE }] }));
      return;
    }
    if (path.includes('/secret/')) {
      response.writeHead(403, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: HOSTILE }] }));
      return;
    }
    const manifest = this.manifests.get(path);
    if (manifest) {
      this.left -= request.method === 'GET' && this.left > 0 ? 1 : 0;
      response.writeHead(200, {
        'Content-Type': manifest.type,
        'Content-Length': manifest.body.length,
        'Docker-Content-Digest': manifest.digest,
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': `${this.left};w=21600`,
      });
      response.end(request.method === 'HEAD' ? undefined : manifest.body);
      return;
    }
    const digest = path.match(/\/blobs\/(sha256:[0-9a-f]{64})$/)?.[1];
    const blob = this.blobs.get(digest);
    if (blob) {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': blob.length });
      if (request.method === 'HEAD') {
        response.end();
      } else if (this.slow.has(digest)) {
        this.trickle(blob, response);
      } else {
        response.end(blob);
      }
      return;
    }
    response.writeHead(path === '/v2/' ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end('{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}');
  }

  /** Sends a blob at the speed of a bad line, until it is not slow any more. */
  trickle(blob, response) {
    let sent = 0;
    const timer = setInterval(() => {
      const step = this.bytesPerSecond === Infinity ? blob.length : this.bytesPerSecond / 10;
      const end = Math.min(blob.length, sent + step);
      response.write(blob.subarray(sent, end));
      sent = end;
      if (sent === blob.length) {
        clearInterval(timer);
        response.end();
      }
    }, 100);
    response.on('close', () => clearInterval(timer));
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
