import { countByClock, measureCpu } from '../loads/cpu.ts';
import { cameraRate, contendAtCameraRate } from '../loads/rate-contenders.ts';
import type { Row } from '../row.ts';
import { receiverCpu, senderCpu } from './quantities.ts';

export const frameCpu: Row = {
  name: 'frame-cpu',
  title: 'CPU of a frame at the rate of a camera',
  about:
    'A program writes JPEGs of about 90 kB into the pipe of the packaged sender, 30 a second; the packaged receiver has --quiet. Before that it writes 500 a second for ten seconds, so that V8 compiles what it would compile within minutes. The kernel counts the time of the threads of each program, after a warm-up; the program that writes does not count. imageZMQ has the pictures in memory.',
  seconds: 20,
  quantities: { sender: senderCpu, receiver: receiverCpu },
  contenders: contendAtCameraRate(({ sender, receiver }, { seconds }) =>
    measureCpu({ sender, receiver }, countByClock(cameraRate), seconds),
  ),
  figures: [
    { key: 'sender', title: 'sender, against the baseline', quantity: 'sender', against: 'before', goal: 0.5 },
    { key: 'receiver', title: 'receiver, against the baseline', quantity: 'receiver', against: 'before', goal: 0.5 },
    { key: 'sender-reply', title: 'sender, against imageZMQ', quantity: 'sender', against: 'reply' },
    { key: 'receiver-reply', title: 'receiver, against imageZMQ', quantity: 'receiver', against: 'reply' },
  ],
};
