import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { HooksSink } from '../../../src/sinks/hooks/hooks-sink.ts';
import { pause } from '../../../src/system/abort.ts';
import { isRunning } from '../../support/process-status.ts';
import { until } from '../../support/until.ts';
import { TrialHooks } from './trial-hooks.ts';

/** Its variables and what it reads, in the file $DIR/KIND, which appears when it is whole. */
const record = (kind: string) =>
  `{ env | grep ^IMAGE_SOCKET_ | sort; cat; } > "$DIR/.${kind}"; mv "$DIR/.${kind}" "$DIR/${kind}"`;
const wait = (ms: number) => pause(ms, new AbortController().signal);

/** The variables and the JSON that a command wrote. */
function parse(text: string) {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('{'));
  // The variable of all tests is not of the event.
  const told = lines.slice(0, at).filter((line) => !line.startsWith('IMAGE_SOCKET_MULTICAST='));
  const variables = Object.fromEntries(told.map((line) => line.slice(13).split(/=(.*)/s).slice(0, 2)));
  return { variables, json: JSON.parse(lines[at] ?? ''), rest: lines.slice(at + 1).join('\n') };
}

describe('HooksSink', { concurrency: 4 }, () => {
  test('tells a command the camera that connected, in variables and as JSON', async () => {
    await using hooks = await TrialHooks.open({ scripts: { connect: record('connect') } });
    hooks.connect({ name: 'porch', stream: 'porch-k3x9f2ab', address: '192.0.2.7:4000' });
    const { variables, json, rest } = parse(await hooks.read('connect'));
    assert.match(json.at, /^20\d\d-\d\d-\d\dT[\d:.]+Z$/);
    const told = { event: 'connect', at: json.at, camera: 'porch', name: 'porch', stream: 'porch-k3x9f2ab' };
    assert.deepEqual(json, { ...told, address: '192.0.2.7:4000' });
    assert.deepEqual(variables, {
      ...{ EVENT: 'connect', AT: json.at, CAMERA: 'porch', NAME: 'porch', STREAM: 'porch-k3x9f2ab' },
      ADDRESS: '192.0.2.7:4000',
    });
    assert.equal(rest, '');
  });

  test('tells a command the camera that disconnected, after how many frames and why', async () => {
    await using hooks = await TrialHooks.open({ scripts: { disconnect: record('disconnect') } });
    const camera = hooks.connect({});
    for (const sequence of [1, 2, 3]) assert.equal(camera.send(sequence), true);
    camera.leave('IDLE');
    const { variables, json } = parse(await hooks.read('disconnect'));
    assert.deepEqual([json.event, json.frames, json.reason, json.name], ['disconnect', 3, 'IDLE', null]);
    assert.deepEqual([variables['FRAMES'], variables['REASON'], variables['NAME']], ['3', 'IDLE', '']);
  });

  test('tells a command the camera that is missing, and when it was there last', async () => {
    await using hooks = await TrialHooks.open({ scripts: { missing: record('missing') } });
    const { camera, leave } = hooks.connect({ name: 'porch' });
    leave();
    hooks.cameras.events.missing(camera);
    const { variables, json } = parse(await hooks.read('missing'));
    const lastSeenAt = new Date(Math.floor(camera.changedAtUs / 1000)).toISOString().slice(0, 23);
    assert.deepEqual([json.event, json.camera, json.name], ['missing', 'porch', 'porch']);
    assert.ok(json.lastSeenAt.startsWith(lastSeenAt), json.lastSeenAt);
    assert.deepEqual([variables['NAME'], variables['LAST_SEEN_AT']], ['porch', json.lastSeenAt]);
  });

  test('takes a camera with several connections for one that came and went once', async () => {
    const count = (kind: string) => `echo >> "$DIR/${kind}"`;
    const scripts = { connect: count('connect'), disconnect: count('disconnect') };
    await using hooks = await TrialHooks.open({ scripts });
    const first = hooks.connect({ name: 'a' });
    const second = hooks.connect({ name: 'a' });
    assert.equal(first.camera, second.camera);
    first.leave();
    second.leave();
    await hooks.settled(2);
    await hooks.sink.close();
    assert.equal(hooks.sink.stats.done, 2);
  });

  test('hands over what stands in names as it is, and never to a shell', async () => {
    await using hooks = await TrialHooks.open({
      scripts: { connect: `${record('connect')}; echo "$IMAGE_SOCKET_NAME"` },
    });
    const name = `$(touch "${hooks.path('hacked')}") \`id\` ; -rf * "'\u00e9\0`;
    hooks.connect({ name });
    const { variables, json } = parse(await hooks.read('connect'));
    assert.equal(json.name, name);
    assert.equal(variables['NAME'], name.replace('\0', '?'));
    await hooks.settled(1);
    await assert.rejects(readFile(hooks.path('hacked')), { code: 'ENOENT' });
  });

  test('runs a command once when a connected camera gives no picture, and again after pictures came', async () => {
    const stall = `${record('stall')}; echo >> "$DIR/count"`;
    await using hooks = await TrialHooks.open({ scripts: { stall }, stallAfterMs: 150 });
    const camera = hooks.connect({ name: 'a' });
    camera.send(1);
    await hooks.settled(1);
    const { variables, json } = parse(await hooks.read('stall'));
    assert.deepEqual([json.event, json.camera, json.frames], ['stall', 'a', 1]);
    assert.ok(json.stalledMs >= 150);
    assert.equal(variables['STALLED_MS'], String(json.stalledMs));
    // A second command, which would be wrong, would have run by then.
    await wait(600);
    assert.equal(await hooks.read('count'), '\n');
    camera.send(2);
    await hooks.settled(2);
    camera.leave();
    await wait(600);
    assert.equal(await hooks.read('count'), '\n\n');
  });

  test('runs a command when a file of a recording is whole', async () => {
    await using hooks = await TrialHooks.open({ scripts: { segment: record('segment') } });
    const { camera } = hooks.connect({ name: 'a' });
    const segment = { file: "/films/it's one.mkv", frames: 600, bytes: 7, startedAtUs: 0, endedAtUs: 1e6 };
    hooks.sink.segment(camera, segment);
    const { variables, json } = parse(await hooks.read('segment'));
    assert.deepEqual([json.file, json.frames, json.startedAt], [segment.file, 600, '1970-01-01T00:00:00.000000Z']);
    assert.deepEqual([variables['FILE'], variables['CAMERA'], variables['BYTES']], [segment.file, 'a', '7']);
  });

  test('hands every N-th frame of a camera to a command, whole', async () => {
    await using hooks = await TrialHooks.open({ scripts: { frame: record('frame') }, frameEvery: 3 });
    const camera = hooks.connect({ name: 'a' });
    const jpeg = new Uint8Array(300_000).fill(65);
    for (const sequence of [1, 2, 3, 4]) camera.send(sequence, jpeg);
    const { variables, json, rest } = parse(await hooks.read('frame'));
    assert.deepEqual([json.event, json.sequence, json.bytes, json.camera], ['frame', 3, 300_000, 'a']);
    assert.equal(variables['SEQUENCE'], '3');
    assert.equal(rest, 'A'.repeat(300_000));
    await hooks.settled(1);
    assert.equal(hooks.sink.stats.done, 1);
  });

  test('counts the frames of a camera over all its connections when each frame comes over its own', async () => {
    await using hooks = await TrialHooks.open({ scripts: { frame: record('frame') }, frameEvery: 3 });
    for (const number of [1, 2, 3, 4]) {
      const { send, leave } = hooks.connect({ name: 'a' });
      send(number);
      leave();
    }
    assert.equal(parse(await hooks.read('frame')).json.sequence, 3);
    await hooks.settled(1);
    assert.equal(hooks.sink.stats.done, 1);
  });

  test('runs one command of a kind at a time, and for frames the newest of each camera alone', async () => {
    const frame =
      'echo "$IMAGE_SOCKET_CAMERA $IMAGE_SOCKET_SEQUENCE" >> "$DIR/list"; until [ -e "$DIR/go" ]; do sleep 0.02; done';
    await using hooks = await TrialHooks.open({ scripts: { frame, connect: 'touch "$DIR/go"' } });
    const { sink } = hooks;
    // The connect hooks, which let the first frame's command go on, begin when all of this is over.
    const [a, b] = ['a', 'b'].map((name) => hooks.connect({ name }));
    for (const sequence of [1, 2, 3, 4]) a?.send(sequence);
    for (const sequence of [1, 2, 3]) b?.send(sequence);
    assert.equal(sink.stats.dropped, 4);
    const queues = [...(sink.stats.queues ?? [])].map(({ camera, frames, bytes }) => [camera.key, frames, bytes]);
    // A command that runs is not in the queue.
    assert.deepEqual(queues, [
      ['b', 2, 10],
      ['a', 1, 10],
    ]);
    await hooks.settled(9);
    assert.equal(await hooks.read('list'), 'a 1\na 4\nb 3\n');
  });

  test('gives each host its turn for its recordings too, those of cameras that are gone included', async () => {
    const segment = 'echo "$IMAGE_SOCKET_CAMERA" >> "$DIR/list"; until [ -e "$DIR/go" ]; do sleep 0.02; done';
    await using hooks = await TrialHooks.open({ scripts: { segment, stall: 'touch "$DIR/go"' }, stallAfterMs: 1 });
    const info = { file: '/films/1.mkv', frames: 1, bytes: 7, startedAtUs: 0, endedAtUs: 1 };
    for (const name of ['s1', 's2', 's3']) {
      const { camera, leave } = hooks.connect({ name, address: '192.0.2.9:4000' });
      leave();
      hooks.sink.segment(camera, info);
    }
    // Its stall lets the first command go on.
    hooks.sink.segment(hooks.connect({ name: 'porch', address: '192.0.2.7:4000' }).camera, info);
    await hooks.settled(5);
    assert.equal(await hooks.read('list'), 's1\nporch\ns2\ns3\n');
  });

  test('counts failures with what was said last, and tells one line a second', async () => {
    const connect = 'echo first >&2; echo "no such lamp" >&2; exit 7';
    await using hooks = await TrialHooks.open({ scripts: { connect } });
    for (let i = 1; i <= 5; i++) hooks.connect({ name: `c${i}` });
    await hooks.settled(5);
    assert.equal(hooks.sink.stats.failures, 5);
    const { lines } = hooks.log;
    assert.equal(lines[0], 'warn: The --on-connect command for c1 ended with status 7: first | no such lamp');
    const countTold = () =>
      lines.reduce((sum, line) => sum + 1 + Number(/\(and (\d+) more like it\)$/.exec(line)?.[1] ?? 0), 0);
    await until(() => countTold() === 5, 'five to be told');
    assert.ok(lines.length < 5, lines.join('\n'));
  });

  test('ends a command and all that it started when it takes too long', async () => {
    const connect =
      'sleep 300 & echo $! > "$DIR/.pid"; mv "$DIR/.pid" "$DIR/pid"; trap "" TERM; while :; do sleep 1; done';
    await using hooks = await TrialHooks.open({ scripts: { connect }, timeoutMs: 3000 });
    hooks.connect({ name: 'a' });
    const pid = Number(await hooks.read('pid'));
    await hooks.settled(1);
    assert.deepEqual(hooks.log.lines, ['warn: The --on-connect command for a took more than 3 s and was ended']);
    while (await isRunning(pid)) await wait(10);
  });

  test('ends what a command leaves running', async () => {
    const connect = 'sleep 300 & echo $! > "$DIR/.pid"; mv "$DIR/.pid" "$DIR/pid"';
    await using hooks = await TrialHooks.open({ scripts: { connect } });
    hooks.connect({ name: 'a' });
    const pid = Number(await hooks.read('pid'));
    await hooks.settled(1);
    while (await isRunning(pid)) await wait(10);
    assert.equal(hooks.sink.stats.done, 1);
  });

  for (const [what, frame] of [
    ['does not read its input', 'sleep 0.3'],
    ['closes its input', 'exec <&-; sleep 0.3'],
    ['floods its output', 'timeout 0.3 yes; true'],
    ['floods its standard error', 'timeout 1 yes a line that says nothing >&2; true'],
    ['leaves a child with its pipes', 'setsid sleep 2 & true'],
    ['stops itself', '(sleep 0.3; kill -CONT $$) & kill -STOP $$; true'],
  ] as const) {
    test(`goes on as it should when a command ${what}`, async () => {
      await using hooks = await TrialHooks.open({ scripts: { frame } });
      const camera = hooks.connect({ name: 'a' });
      camera.send(1, new Uint8Array(2_000_000));
      await hooks.settled(1);
      const { done, failures } = hooks.sink.stats;
      assert.deepEqual([done, failures, hooks.log.lines], [1, 0, []]);
    });
  }

  test('counts a command that cannot be started', async () => {
    await using hooks = await TrialHooks.open({ scripts: {} });
    const gone = { path: hooks.path('gone'), args: [] };
    const settings = { connect: gone, stallAfterMs: 1000, frameEvery: 1, detectHoldMs: 0, timeoutMs: 1000 };
    const sink = new HooksSink(hooks.cameras, settings, hooks.log);
    hooks.connect({ name: 'a' });
    while (sink.stats.failures === 0) await wait(10);
    assert.match(hooks.log.lines[0] ?? '', /for a could not be started: there is no such file or folder \(ENOENT\)$/);
  });

  test('lets commands end after the stop, those of cameras that went with it too, and no stalls and frames', async () => {
    const slow = (kind: string) => `sleep 0.2; echo "$IMAGE_SOCKET_CAMERA" >> "$DIR/${kind}"`;
    const scripts = { disconnect: slow('disconnect'), frame: slow('frame') };
    await using hooks = await TrialHooks.open({ scripts });
    const cameras = ['a', 'b', 'c'].map((name) => hooks.connect({ name }));
    for (const camera of cameras) camera.send(1);
    for (const camera of cameras) camera.leave();
    await hooks.sink.close();
    assert.equal(await hooks.read('disconnect'), 'a\nb\nc\n');
    assert.equal(await hooks.read('frame'), 'a\n');
    assert.equal(hooks.sink.stats.dropped, 2);
  });

  test('kills commands that still run five seconds after the stop, and drops events that wait', async () => {
    const disconnect = 'echo $$ > "$DIR/.pid"; mv "$DIR/.pid" "$DIR/pid"; exec sleep 300';
    await using hooks = await TrialHooks.open({ scripts: { disconnect } });
    for (const name of ['a', 'b']) hooks.connect({ name }).leave();
    const pid = Number(await hooks.read('pid'));
    await hooks.sink.close();
    while (await isRunning(pid)) await wait(10);
    assert.deepEqual([hooks.sink.stats.dropped, hooks.sink.stats.failures], [1, 1]);
    assert.deepEqual(hooks.log.lines, [
      'warn: The --on-disconnect command for a did not end before the receiver and was ended',
      'info: Of the hooks, 0 ended well, 1 failed, and 1 were dropped',
    ]);
  });
});

// Alone, as it measures this process.
test('HooksSink is not kept busy by a command that floods its standard error', async () => {
  await using hooks = await TrialHooks.open({ scripts: { connect: 'exec yes >&2' }, timeoutMs: 2000 });
  hooks.connect({ name: 'a' });
  const before = process.cpuUsage();
  await hooks.settled(1);
  const { user, system } = process.cpuUsage(before);
  // Without a limit it is all of the two seconds.
  assert.ok(user + system < 1_000_000, `${user + system} us`);
});
