import { isStreamId, type StreamId } from '../protocol/wire2/message.ts';
import { isPublisher } from './publisher-id.ts';

/** A message about a camera on its subject of events. */
export interface CameraEventMessage {
  readonly event: 'up' | 'down' | 'stall';
  readonly publisher: string;
  readonly stream: StreamId | undefined;
}

const maxBytes = 4096;

/** Undefined where it is nothing of ours: anyone may publish there. */
export function parseCameraEvent(data: Uint8Array): CameraEventMessage | undefined {
  const found = data.length <= maxBytes ? parseObject(new TextDecoder().decode(data)) : undefined;
  const { event, publisher, stream } = found ?? {};
  if (event !== 'up' && event !== 'down' && event !== 'stall') return undefined;
  if (typeof publisher !== 'string' || !isPublisher(publisher)) return undefined;
  return { event, publisher, stream: typeof stream === 'string' && isStreamId(stream) ? stream : undefined };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
