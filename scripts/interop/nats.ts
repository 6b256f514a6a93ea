import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { NatsServer } from '../../test/support/nats-server.ts';
import { scaleMs } from '../../test/support/speed.ts';
import { startPackaged, timeoutMs } from '../bench/support.ts';
import { describePublished } from './nats-parts.ts';
import { pictures } from './pictures.ts';
import { type Ends, Recorder, startPipe } from './record.ts';
import { Workplace } from './workplace.ts';

const arrivalMs = scaleMs(10_000);

interface NatsCrossing {
  /** A line for each frame. */
  readonly published: string[];
  readonly arrived: readonly Uint8Array[];
}

/** From a sender that publishes to a receiver that subscribes; gives what was published, and what has arrived. */
export async function crossNats(ends: Ends): Promise<NatsCrossing> {
  await using server = await NatsServer.start();
  await using proxy = await FaultProxy.open(server.port);
  using place = await Workplace.make();
  const recorder = new Recorder(proxy);
  await using receiver = startPackaged('image-receiver', ['--subscribe', server.url, ...place.saving], {
    folder: ends.receiver,
  });
  const to = ['--publish', `nats://127.0.0.1:${proxy.port}`];
  const { sender, input } = await startPipe(place, ends.sender, to);
  await using _sender = sender;
  try {
    for (const [index, jpeg] of pictures.entries()) {
      await input.writeFile(jpeg);
      // The next would take its place.
      const hasArrived = await place.awaitArrived(index + 1, arrivalMs).then(
        () => true,
        () => false,
      );
      if (!hasArrived) break;
    }
  } finally {
    await input.close();
  }
  await sender.wait(timeoutMs);
  await receiver.stop();
  const published = recorder.connections.flatMap(({ up }) => describePublished(up));
  return { published, arrived: await place.readArrived() };
}
