import assert from 'node:assert/strict';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import type { InvitationAnswer } from '../../src/cli/receiver/cameras/invite.ts';
import type { Check } from '../../src/doctor/check.ts';
import type { Child } from '../support/child.ts';
import { type TrialMachine, TrialNetwork } from '../support/networks.ts';
import { type ProgramName, type Runtime, soonMs, startProgram } from '../support/programs.ts';
import { makeFolder } from './suite.ts';

const options = { skip: process.getuid?.() === 0 ? false : 'only root can make networks' };
const send = ['pattern', '--size', '64x48', '--interval', '50'];

for (const runtime of ['node', 'packaged'] as const satisfies Runtime[]) {
  test(`a camera joins a receiver that it finds, and finds it at another address (${runtime})`, options, async () => {
    await using folder = await makeFolder();
    await using network = await TrialNetwork.open();
    const [pc, pi] = [await network.add('10.7.0.1'), await network.add('10.7.0.2')];
    const start = (machine: TrialMachine, program: ProgramName, args: readonly string[]): Child => {
      const env = { IMAGE_SOCKET_MULTICAST: 'on', XDG_STATE_HOME: join(folder.path, machine.address) };
      return startProgram(runtime, program, args, { before: machine.before, env });
    };
    await using receiver = start(pc, 'image-receiver', ['--host', '0.0.0.0', '--quiet', '--idle-timeout', '2s']);
    await receiver.waitForLine('stderr', /listening on/, soonMs);
    await using invite = start(pc, 'image-receiver', ['invite', 'garden', '--json']);
    assert.equal((await invite.wait(soonMs)).code, 0);
    const { code, hosts } = JSON.parse(invite.lines('stdout').join('')) as InvitationAnswer;
    assert.deepEqual(hosts, ['10.7.0.1']);
    await using joining = start(pi, 'image-sender', ['join', code]);
    assert.equal((await joining.wait(soonMs)).code, 0, joining.lines('stderr').join('\n'));
    assert.match(joining.lines('stderr').join('\n'), /joined the receiver at 10\.7\.0\.1:8080 as the camera garden/);
    await using sender = start(pi, 'image-sender', [...send, '--idle-timeout', '2s', '--retries', '0']);
    await receiver.waitForLine('stderr', /garden \(10\.7\.0\.2:\d+\) sends pictures/, soonMs);
    await pc.move('10.7.0.9');
    await sender.waitForLine('stderr', /found the receiver .* at 10\.7\.0\.9:8080$/, 3 * soonMs);
    await sender.waitForLine('stderr', /connected to 10\.7\.0\.9:8080$/, soonMs);
    const look = async (): Promise<Check | undefined> => {
      await using doctor = start(pi, 'image-sender', ['doctor', '--json']);
      await doctor.wait(3 * soonMs);
      const { checks } = JSON.parse(doctor.lines('stdout').join('')) as { checks: Check[] };
      return checks.find(({ name }) => name === 'receiver');
    };
    const moved = await look();
    assert.equal(moved?.state, 'ok', moved?.detail);
    assert.match(
      moved.detail,
      /^10\.7\.0\.9:8080 \(it was at 10\.7\.0\.1:8080\) uses wire 2 over TLS.* accepts the token/,
    );
    await using forget = start(pc, 'image-receiver', ['forget', 'garden']);
    assert.equal((await forget.wait(soonMs)).code, 0);
    const forgotten = await look();
    assert.match(forgotten?.detail ?? '', /\(NOT_JOINED\)\. Then type here the image-sender join CODE/);
    assert.deepEqual(forgotten?.fix, { command: 'image-receiver invite CAMERA', on: '10.7.0.9' });
  });
}
