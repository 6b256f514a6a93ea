import { publishOptions, readNats } from '../../nats/options.ts';
import { maxQueuedBytes } from '../queue/queued-sink.ts';
import { stallOptions } from '../shared-options.ts';
import { defineSink } from '../sink-module.ts';
import { PublishSink } from './publish-sink.ts';

const options = { ...publishOptions, ...stallOptions };
const connectTimeoutMs = 5000;

/** A stream of a NATS server. */
export const nats = defineSink({
  name: 'nats',
  describe: 'puts pictures into a stream of a NATS server',
  options,
  replacesLines: true,
  memoryBytes: maxQueuedBytes,
  read: (values) => {
    const { publish, 'publish-stream': retention, 'stall-after': stallAfterMs } = values;
    // The server may be away for long.
    const others = { clientName: 'image-receiver', retries: 0, connectTimeoutMs };
    return publish && { nats: readNats(publish, values, others), retention, stallAfterMs };
  },
  async open(settings, { cameras, log, stop }) {
    return new PublishSink(cameras, settings, log, stop.signal);
  },
});
