import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runSystemdGuest } from '../support/guest/systemd.ts';
import { type ProgramName, soonMs, startProgram } from '../support/programs.ts';
import { scaleMs } from '../support/speed.ts';
import { makeFolder } from './suite.ts';

const dist = fileURLToPath(new URL('../../dist/linux-arm64', import.meta.url));
/** Milliseconds: a whole machine is emulated. */
const guestMs = scaleMs(400_000);
const guestToken = '/etc/image-token';
const name = `"Pi" $HOME \${PATH} 100%d`;

/** The unit that the program prints, for where the guest has what it names. */
async function printUnit(program: ProgramName, args: readonly string[], token: string): Promise<string> {
  await using child = startProgram('packaged', program, ['service', ...args, '--token-file', token]);
  assert.equal((await child.wait(soonMs)).code, 0);
  const unit = child.lines('stdout').join('\n');
  return unit.replace(/^ExecStart=\S+/m, `ExecStart=/opt/image/${program}`).replace(token, guestToken);
}

test('the services run and are hardened under a real systemd, which starts a sender again until its addon and its camera are back', async () => {
  await using folder = await makeFolder();
  const token = join(folder.path, 'token');
  await writeFile(token, 'a token for the guest');
  const where = ['--host', '127.0.0.1', '--token-without-tls', '--retries', '0'];
  const { output, status } = await runSystemdGuest({
    units: {
      'image-receiver.service': await printUnit('image-receiver', ['--save', 'my pictures'], token),
      'image-receiver-2.service': await printUnit('image-receiver', ['--save', 'my pictures', '--port', '8081'], token),
      'image-sender.service': await printUnit('image-sender', ['camera', '--name', name, ...where], token),
      // As the unit has it but for the time.
      'image-sender.service.d/time.conf': '[Service]\nWatchdogSec=9\n',
    },
    files: {
      [guestToken]: token,
      '/opt/image/image-sender': join(dist, 'image-sender'),
      '/opt/image/image-receiver': join(dist, 'image-receiver'),
      '/opt/image/opencv4nodejs.node': join(dist, 'opencv4nodejs.node'),
    },
    script,
    timeoutMs: guestMs,
  });
  assert.equal(status, 0, output);
  const said = (pattern: RegExp): string => {
    const match = pattern.exec(output);
    assert.ok(match !== null, `${pattern} in ${output}`);
    return match[1] ?? '';
  };
  assert.ok(Number(said(/^pictures (\d+)/m)) > 0);
  // Each receiver has a folder and a user of its own.
  const owners = ['image-receiver', 'image-receiver-2'].map((unit) =>
    said(new RegExp(`^folder drwx------ +\\d+ +(\\S+) .*/var/lib/private/${unit}$`, 'm')),
  );
  assert.equal(new Set([...owners, '0']).size, 3);
  // As in the middle of an update.
  said(/image-sender\.service: Main process exited, code=exited, status=7/);
  // No right of root's, no new ones, a filter of system calls, and the camera as a member of its group.
  assert.notEqual(said(/^Uid:\s+(\d+)/m), '0');
  for (const line of [/^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m, /^Seccomp:\s+2$/m, /^Groups:.*\b44\b/m]) said(line);
  assert.equal(said(/^name (.*)$/m), name);
  said(/Watchdog timeout \(limit 9s\)!/);
  said(/Failed with result 'watchdog'/);
  assert.ok(Number(said(/^restarts (\d+)/m)) > 0);
  said(/^back /m);
});

const script = `
until_true() { for i in $(seq 90); do "$@" >/dev/null 2>&1 && return; sleep 1; done; echo "waited in vain: $*"; inside /bin/journalctl --no-pager -n 20; exit 1; }
status() { sc show -P StatusText image-sender.service; }
has_frames() { status | grep '[1-9][0-9]* frames.*sending'; }
restarts() { sc show -P NRestarts image-sender.service; }
has_restarted() { test "$(restarts)" -gt $((before + 1)); }
sc start image-receiver.service || exit 1
sc start image-receiver-2.service || exit 1
before=-1
inside busybox mv /opt/image/opencv4nodejs.node /opt/image/away
sc start --no-block image-sender.service
until_true has_restarted
inside busybox mv /opt/image/away /opt/image/opencv4nodejs.node
until_true has_frames
main=$(sc show -P MainPID image-sender.service)
inside busybox grep -E '^(Uid|Groups|Cap|NoNew|Seccomp)' /proc/$main/status
for unit in image-receiver image-receiver-2; do echo "folder $(inside busybox ls -ldn /var/lib/private/$unit)"; done
echo "pictures $(inside busybox ls '/var/lib/private/image-receiver/my pictures' | wc -l)"
inside busybox tr '\\0' '\\n' </proc/$init/root/proc/$main/cmdline | sed -n 's/^--name=/name /p'
before=$(restarts)
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
until_true has_restarted
echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
chgrp 44 /dev/video0 && chmod 660 /dev/video0
until_true has_frames
echo "restarts $(($(restarts) - before))"
echo "back $(status)"
sc stop image-sender.service image-receiver.service image-receiver-2.service
`;
