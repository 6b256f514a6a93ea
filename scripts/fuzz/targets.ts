import type { Target } from './target.ts';

/** Every target by its name; each is loaded when it is used. A new one is one line here and one file. */
export const targets = {
  classic: async () => (await import('./targets/classic.ts')).classic,
  base64: async () => (await import('./targets/base64.ts')).base64,
  wire2: async () => (await import('./targets/wire2.ts')).wire2,
  times: async () => (await import('./targets/times.ts')).times,
  'jpeg-stream': async () => (await import('./targets/jpeg-stream.ts')).jpegStream,
  'jpeg-head': async () => (await import('./targets/jpeg-head.ts')).jpegHead,
  'jpeg-fill': async () => (await import('./targets/jpeg-fill.ts')).jpegFill,
  http: async () => (await import('./targets/http.ts')).http,
  connection: async () => (await import('./targets/connection.ts')).connection,
  matroska: async () => (await import('./targets/matroska.ts')).matroska,
  'nats-frame': async () => (await import('./targets/nats.ts')).natsFrame,
  'nats-texts': async () => (await import('./targets/nats.ts')).natsTexts,
  web: async () => (await import('./targets/web.ts')).web,
  mdns: async () => (await import('./targets/mdns.ts')).mdns,
  detector: async () => (await import('./targets/detector.ts')).detector,
  options: async () => (await import('./targets/options.ts')).optionValues,
  config: async () => (await import('./targets/options.ts')).config,
  'native-jpeg': async () => (await import('./targets/native-jpeg.ts')).openNativeJpeg(),
  'native-camera': async () => (await import('./targets/native-camera.ts')).openNativeCamera(),
  'native-video': async () => (await import('./targets/native-video.ts')).openNativeVideo(),
} as const satisfies Readonly<Record<string, () => Promise<Target>>>;

export type TargetName = keyof typeof targets;

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(targets, name);
}
