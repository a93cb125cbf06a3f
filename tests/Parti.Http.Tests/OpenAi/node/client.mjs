// Runs the official client against a server and prints one line of JSON per scenario: {"name", "value"} or {"name", "error"}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.OPENAI_NODE, 'here.js'));
const OpenAI = require('openai').default;
const { toFile } = require('openai');
const { PARTI_URL, PARTI_KEY, PARTI_SLOW_KEY, PARTI_SINGLE_KEY, PARTI_IMAGE, PARTI_MASK } = process.env;

const client = (options = {}) => new OpenAI({ apiKey: PARTI_KEY, baseURL: `${PARTI_URL}v1`, maxRetries: 0, ...options });
const file = (path, name) => toFile(readFileSync(path), name, { type: 'image/png' });
const prompt = 'a red circle';

const failure = async (call) => {
  try {
    await call();
    return { class: 'none' };
  } catch (error) {
    return { class: error.constructor.name, status: error.status, code: error.code, param: error.param, type: error.type, request: error.requestID, message: error.message };
  }
};

const scenarios = {
  bytes: async () => {
    const answer = await client().images.generate({ model: 'demo', prompt, size: '256x256', output_format: 'webp', output_compression: 80 });
    const { size, background, usage, created, data } = answer;
    return { size, format: answer.output_format, background, usage, created, start: data[0].b64_json.slice(0, 8), seed: data[0].seed, request: answer._request_id };
  },
  url: async () => {
    const { data } = await client().images.generate({ model: 'demo', prompt, response_format: 'url' });
    const picture = await fetch(data[0].url);
    return { status: picture.status, type: picture.headers.get('content-type'), bytes: (await picture.arrayBuffer()).byteLength };
  },
  four: async () => {
    const { data, usage } = await client().images.generate({ model: 'demo', prompt, n: 4, size: '64x64' });
    return { distinct: new Set(data.map((image) => image.b64_json)).size, usage };
  },
  edit: async () => {
    const { data, usage } = await client().images.edit({ model: 'demo', image: await file(PARTI_IMAGE, 'image.png'), mask: await file(PARTI_MASK, 'mask.png'), prompt: 'a blue square', size: '256x256' });
    return { usage, b64: data[0].b64_json };
  },
  variation: async () => {
    const { data } = await client().images.createVariation({ model: 'demo', image: await file(PARTI_IMAGE, 'image.png'), n: 2, response_format: 'b64_json' });
    return { distinct: new Set(data.map((image) => image.b64_json)).size };
  },
  stream: async () => {
    const stream = await client().images.generate({ model: 'demo', prompt, stream: true, partial_images: 3 });
    const events = [];
    for await (const event of stream) {
      events.push({ type: event.type, index: event.partial_image_index, image: event.image_index, job: event.job_id, usage: event.usage, size: event.size, start: event.b64_json.slice(0, 11), same: event.b64_json });
    }
    return { types: events.map((event) => event.type), indexes: events.map((event) => event.index ?? null), jobs: new Set(events.map((event) => event.job)).size, distinct: new Set(events.map((event) => event.same)).size, usage: events.at(-1).usage, start: events[0].start };
  },
  editStream: async () => {
    const stream = await client().images.edit({ model: 'demo', image: await file(PARTI_IMAGE, 'image.png'), mask: await file(PARTI_MASK, 'mask.png'), prompt, stream: true, partial_images: 1 });
    const types = [];
    for await (const event of stream) types.push(event.type);
    return { types };
  },
  models: async () => {
    const ids = [];
    for await (const model of client().models.list()) ids.push(model.id);
    return { ids, one: (await client().models.retrieve('demo')).object };
  },
  bad: () => failure(() => client().images.generate({ model: 'demo', prompt, size: '1792x1024' })),
  unauthorized: () => failure(() => client({ apiKey: 'parti_unknown' }).models.list()),
  missing: () => failure(() => client().images.generate({ model: 'dall-e-3', prompt })),
  limited: async () => {
    await client({ apiKey: PARTI_SLOW_KEY }).models.list();
    return failure(() => client({ apiKey: PARTI_SLOW_KEY }).models.list());
  },
  retried: async () => {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${PARTI_SINGLE_KEY}`, 'content-type': 'application/json' };
    await fetch(`${PARTI_URL}v1/images/generations`, { method: 'POST', headers, body: JSON.stringify({ prompt, n: 64, stream: true }), signal: abort.signal });
    const seen = [];
    const counting = async (url, options) => {
      const answer = await fetch(url, options);
      seen.push([answer.status, answer.headers.get('retry-after-ms'), new Headers(options.headers).get('x-stainless-retry-count')]);
      abort.abort();
      return answer;
    };
    const { data } = await client({ apiKey: PARTI_SINGLE_KEY, maxRetries: 3, fetch: counting }).images.generate({ model: 'demo', prompt });
    return { seen, pictures: data.length };
  },
};

for (const [name, run] of Object.entries(scenarios)) {
  try {
    console.log(JSON.stringify({ name, value: await run() }));
  } catch (error) {
    console.log(JSON.stringify({ name, error: String(error) }));
  }
}
