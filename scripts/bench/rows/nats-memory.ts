import { connect } from '@nats-io/transport-node';
import { FramePublisher } from '../../../src/nats/frame-publisher.ts';
import { StreamProvisioner } from '../../../src/nats/stream-provisioner.ts';
import { tinyJpeg } from '../../../test/support/jpeg.ts';
import { NatsServer } from '../../../test/support/nats-server.ts';
import { readMegabytes } from '../loads/cpu.ts';
import type { Row, Values } from '../row.ts';
import { say } from '../support.ts';

const cameras = 10_000;
const picturesOfEach = 3;
const publishedAtOnce = 50;
/** Of a picture that says no more than it must. */
const unknownFacts = {
  ...{ stream: undefined, name: undefined, address: undefined },
  ...{ capturedAtUs: undefined, receivedAtUs: undefined, age: undefined },
};

export const natsMemory: Row = {
  name: 'nats-memory',
  title: 'NATS: 10,000 cameras, the newest picture of each kept',
  about:
    'One publisher publishes three pictures of 16 kB for each of 10,000 cameras, and the NATS server keeps the newest of each.',
  seconds: 0,
  quantities: {
    grownMB: { name: 'MB that the NATS server grew by', better: 'less', digits: 0 },
    published: { name: 'pictures a second from one publisher', better: 'more', digits: 0 },
  },
  contenders: { ours: { name: 'image-socket', role: 'ours', run: measure } },
  figures: [
    { key: 'grown', title: 'memory', quantity: 'grownMB' },
    { key: 'published', title: 'rate', quantity: 'published' },
  ],
};

async function measure(): Promise<Values> {
  await using server = await NatsServer.start();
  const connection = await connect({ servers: server.url });
  const log = { info: () => undefined, warn: say };
  await new StreamProvisioner('newest', log).ensure(connection);
  const publisher = new FramePublisher(connection);
  const facts = { ...{ sequence: 1, width: 480, height: 315, publisher: 'bench' }, ...unknownFacts };
  const jpeg = tinyJpeg(480, 315, 16_000);
  const [beforeMB, startMs] = [await readMegabytes(server), performance.now()];
  for (let sent = 0; sent < cameras * picturesOfEach; sent += publishedAtOnce) {
    const names = Array.from({ length: publishedAtOnce }, (_, i) => `cam-${(sent + i) % cameras}`);
    await Promise.all(names.map((name) => publisher.publish(name, facts, jpeg)));
  }
  const seconds = (performance.now() - startMs) / 1000;
  const grownMB = (await readMegabytes(server)) - beforeMB;
  await connection.close();
  return { grownMB, published: (cameras * picturesOfEach) / seconds };
}
