import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Check, CheckName } from '../../src/doctor/check.ts';
import { type DoctorRequest, examine } from '../../src/doctor/examine.ts';
import { formatReport, type Report } from '../../src/doctor/report.ts';
import { CodedError } from '../../src/errors.ts';
import { csiCamera, type FakeMachine, makeFakeMachine, piFiles, uvcCamera } from './fake-machine.ts';

const alone: DoctorRequest = { receiver: undefined, nats: undefined, typed: [] };
const closedDevices = ['/dev/video0', '/dev/video10', '/dev/video11'];
const goodPrograms = { timedatectl: 'echo yes', vcgencmd: 'echo throttled=0x0' };
const pi: FakeMachine = {
  files: { ...piFiles, '/etc/group': 'video:x:44:pi\n', '/proc/self/status': 'Groups:\t44 1000 \n' },
  programs: goodPrograms,
};
const deno: FakeMachine['changes'] = {
  runtime: { kind: 'Deno', version: '2.9.6' },
  ownCommand: 'deno run -A src/image-sender.ts',
  loadAddon: () => {
    throw new CodedError('ADDON_UNUSABLE', 'Cannot use OpenCV as Deno cannot load its addon');
  },
};

async function report(fake: FakeMachine, request = alone, stop = new AbortController().signal): Promise<Report> {
  await using made = await makeFakeMachine(fake);
  return await examine(request, stop, made.machine);
}

function find({ checks }: Report, name: CheckName): Check {
  const found = checks.find((check) => check.name === name);
  assert.ok(found, `no ${name} in ${checks.map((check) => check.name)}`);
  return found;
}

/** The states by names, `name state` each. */
function states({ checks }: Report): string {
  return checks.map(({ name, state }) => `${name} ${state}`).join(', ');
}

const good = 'machine ok, program ok, OpenCV ok';

describe('examination of a machine', () => {
  test('advises the group when a Pi 4 has a camera module that its user may not open', async () => {
    const found = await report({ files: piFiles, programs: goodPrograms, closed: closedDevices, csi: [] });
    assert.equal(states(found), `${good}, rpicam ok, camera missing, rights missing, clock ok, power ok`);
    assert.equal(found.problem, 'camera');
    assert.deepEqual(found.next, { command: 'sudo usermod -aG video pi', on: undefined });
    assert.match(find(found, 'machine').detail, /^Raspberry Pi 4 Model B Rev 1\.4, Debian .*bookworm\), arm64$/);
  });

  test('advises a new group shell when the group was joined after the login', async () => {
    const files = { ...piFiles, '/etc/group': 'video:x:44:alice,pi\n' };
    const found = await report({ files, closed: closedDevices, csi: [] });
    assert.equal(found.next.command, 'newgrp video');
    assert.match(find(found, 'rights').detail, /from the next login on/);
  });

  test('advises to install rpicam-apps when a Pi has none and no other camera', async () => {
    const found = await report(pi);
    assert.equal(states(found), `${good}, rpicam missing, camera missing, rights ok, clock ok, power ok`);
    assert.equal(found.next.command, 'sudo apt-get install rpicam-apps-lite');
  });

  test('advises a look at the cable when rpicam-apps find no camera', async () => {
    const found = await report({ ...pi, csi: [] });
    assert.equal(found.next.command, 'rpicam-hello --list-cameras');
    assert.match(find(found, 'camera').detail, /cable/);
  });

  test('names the command that sends the camera module when a Pi has one', async () => {
    const found = await report({ ...pi, csi: [csiCamera] });
    assert.equal(states(found), `${good}, rpicam ok, camera ok, rights ok, clock ok, power ok`);
    assert.equal(found.problem, undefined);
    assert.deepEqual(found.camera, { source: 'rpicam', id: '0', name: 'imx708' });
    assert.equal(found.next.command, './image-sender rpicam --host ADDRESS');
  });

  test('names the cheaper way and shows both cameras when a Pi has a camera module and a USB camera', async () => {
    const found = await report({ ...pi, csi: [{ ...csiCamera, id: '1' }], usb: [uvcCamera] });
    assert.equal(found.next.command, './image-sender rpicam 1 --host ADDRESS');
    assert.match(formatReport(found, false), /camera module 1: imx708[\s\S]*\/dev\/video0: HD Pro Webcam C920/);
  });

  test('names the USB camera and minds the missing rpicam-apps less when a Pi has a USB camera', async () => {
    const found = await report({ ...pi, usb: [{ ...uvcCamera, id: '/dev/video2' }] });
    assert.equal(states(found), `${good}, rpicam warning, camera ok, rights ok, clock ok, power ok`);
    assert.equal(found.next.command, './image-sender camera /dev/video2 --host ADDRESS');
  });

  test('names the USB camera with what it can do when a PC has one', async () => {
    const files = { '/dev/video0': '', '/dev/video1': '' };
    const found = await report({ files, programs: goodPrograms, usb: [uvcCamera], changes: { architecture: 'x64' } });
    assert.equal(states(found), `${good}, camera ok, rights ok, clock ok, power ok`);
    assert.equal(find(found, 'camera').detail, '/dev/video0: HD Pro Webcam C920 (YUYV to 640x480, MJPG to 1920x1080)');
    assert.equal(found.next.command, './image-sender camera /dev/video0 --host ADDRESS');
  });

  test('says how to join a receiver when none announces itself, and to what a found one listens', async () => {
    const camera = { ...pi, csi: [csiCamera] };
    const none = await report(camera, { ...alone, find: async () => [] });
    const how = /type image-receiver invite CAMERA at the receiver, and here the image-sender join CODE/;
    assert.match(find(none, 'receiver').detail, how);
    assert.match(none.summary, how);
    assert.match(none.summary, /or put its address in the place of ADDRESS\.$/);
    assert.equal(none.next.command, './image-sender rpicam --host ADDRESS');
    const found = { name: 'pc', addresses: ['10.7.0.1'], port: 8080, tls: true, pin: undefined, web: undefined };
    const secure = await report(camera, { ...alone, find: async () => [found] });
    assert.match(secure.summary, how);
    assert.equal(secure.next.command, './image-sender rpicam --host 10.7.0.1 --tls-pin sha256:...');
  });

  test('gives no host when a program of this machine has the port, as the sender goes there', async () => {
    const changes = { isListening: async (port: number) => port === 8080 };
    const found = await report({ ...pi, csi: [csiCamera], changes }, { ...alone, find: async () => [] });
    assert.match(find(found, 'receiver').detail, /^a program listens at localhost:8080, and image-sender sends to it/);
    assert.equal(found.checks.filter(({ name }) => name === 'receiver').length, 1);
    assert.equal(found.next.command, './image-sender rpicam');
  });

  test('passes typed options on to the command, as a shell takes them', async () => {
    const typed = ['--name', "the pole's", '--fps', '15'];
    const found = await report({ ...pi, usb: [uvcCamera] }, { receiver: undefined, nats: undefined, typed });
    assert.equal(
      found.next.command,
      "./image-sender camera /dev/video0 --host ADDRESS --name 'the pole'\\''s' --fps 15",
    );
  });

  test('advises a camera, or a test card, when there is nothing at all', async () => {
    const found = await report({});
    assert.equal(states(found), `${good}, camera missing, rights warning, clock unknown`);
    assert.equal(found.problem, 'camera');
    assert.equal(found.next.command, './image-sender pattern --host ADDRESS');
  });

  test('sends camera modules, and says what USB cameras need, when Deno runs it', async () => {
    const both = await report({ ...pi, csi: [csiCamera], usb: [uvcCamera], changes: deno });
    assert.match(states(both), /OpenCV warning, rpicam ok, camera ok, camera warning/);
    assert.equal(both.next.command, 'deno run -A src/image-sender.ts rpicam --host ADDRESS');
    const usbAlone = await report({ ...pi, usb: [uvcCamera], changes: deno });
    assert.match(states(usbAlone), /OpenCV missing, rpicam warning, camera missing/);
    assert.equal(usbAlone.next.command, 'node src/image-sender.ts doctor');
  });

  test('advises the addon when it is missing and a USB camera needs it', async () => {
    const loadAddon = () => {
      throw new CodedError('ADDON_MISSING', 'Cannot use OpenCV as /opt/opencv4nodejs.node is not there');
    };
    const found = await report({ ...pi, usb: [uvcCamera], changes: { loadAddon } });
    assert.equal(found.problem, 'camera');
    assert.equal(found.next.command, 'tar xf image-sender-linux-arm64.tar.xz --strip-components=1 -C .');
  });

  test('takes another camera when one is closed, and says so', async () => {
    const usb = [uvcCamera, { ...uvcCamera, id: '/dev/video10', name: 'Endoscope' }];
    const found = await report({ ...pi, closed: ['/dev/video0'], usb });
    assert.equal(found.next.command, './image-sender camera /dev/video10 --host ADDRESS');
    assert.match(states(found), /camera warning, camera ok, rights warning/);
  });

  test("passes on a camera's own obstacle when it has one", async () => {
    const found = await report({ ...pi, usb: [{ ...uvcCamera, problem: 'another program has it' }] });
    assert.equal(found.problem, 'camera');
    assert.match(find(found, 'camera').detail, /another program has it$/);
    assert.equal(found.next.command, './image-sender doctor');
  });

  test('names four cameras and counts the rest when there are many', async () => {
    const usb = Array.from({ length: 60 }, (_, i) => ({ ...uvcCamera, id: `/dev/video${i * 2}` }));
    const found = await report({ ...pi, usb });
    const cameras = found.checks.filter((check) => check.name === 'camera');
    assert.equal(cameras.length, 5);
    assert.match(cameras[4]?.detail ?? '', /^56 more/);
  });

  test('is unmoved when a camera, the model and the group file are full of nonsense', async () => {
    const noise = '\u001b[2J\u202e\0'.repeat(10_000);
    const files = { '/proc/device-tree/model': noise, '/etc/os-release': noise, '/etc/group': `video:x:\n${noise}` };
    const usb = [{ ...uvcCamera, name: noise, formats: [{ name: noise, sizes: [] }] }];
    const found = await report({ files, programs: { timedatectl: 'cat /dev/zero', vcgencmd: 'echo throttled=' }, usb });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be there.
    assert.doesNotMatch(formatReport(found, false), /[\u0000-\u0009\u000b-\u001f\u202e]/);
    assert.ok(found.checks.every((check) => check.detail.length < 500));
  });

  test('says what could not be found out when listing cameras fails', async () => {
    const broken = async () => {
      throw new Error('the bus is on fire');
    };
    const found = await report({ ...pi, changes: { listUsbCameras: broken, listCsiCameras: broken } });
    assert.equal(find(found, 'camera').state, 'unknown');
    const details = found.checks.filter((check) => check.name === 'camera').map((check) => check.detail);
    assert.deepEqual(details, ['USB cameras could not be asked for: the bus is on fire', 'the bus is on fire']);
    const csiAlone = await report({ ...pi, changes: { listCsiCameras: broken } });
    assert.equal(csiAlone.next.command, 'rpicam-hello --list-cameras');
    assert.equal(found.problem, 'camera');
  });

  test('ends at once with what it has when it is told to stop', async () => {
    const stop = new AbortController();
    const hang = () => new Promise<never>(() => undefined);
    const changes = { listUsbCameras: hang, listCsiCameras: hang };
    const pending = report({ ...pi, programs: { timedatectl: 'exec /bin/sleep 1000' }, changes }, alone, stop.signal);
    setTimeout(() => stop.abort(), 50);
    const found = await pending;
    assert.equal(find(found, 'clock').state, 'unknown');
    assert.match(find(found, 'camera').detail, /stopped/);
  });

  test('claims nothing when it is told to stop before it begins', async () => {
    const found = await report(pi, alone, AbortSignal.abort());
    assert.match(states(found), /camera unknown, camera unknown, rights unknown, clock unknown/);
  });

  test('fits a small screen when all is amiss at once', async () => {
    const programs = { timedatectl: 'echo no', vcgencmd: 'echo throttled=0x50005' };
    const receiver = { host: '127.0.0.1', port: 1, connectTimeoutMs: 1000, tls: undefined } as const;
    const choice = { ...receiver, wire: 'auto', token: new Uint8Array() } as const;
    const asked = { receiver: choice, nats: undefined, typed: [] };
    const found = await report({ files: piFiles, programs, closed: closedDevices, changes: deno }, asked);
    const lines = formatReport(found, false).split('\n');
    assert.ok(lines.length <= 24, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length <= 100));
  });
});
