import assert from 'node:assert/strict';
import { constants, copyFile, cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child.ts';
import { type Display, startDisplay } from '../support/display.ts';
import { programCommand, soonMs, startProgram, startReceiver } from '../support/programs.ts';
import type { Color, Screen } from '../support/screen.ts';
import { makeFolder } from './suite.ts';

type ReceiverRuntime = 'node' | 'packaged';

const project = fileURLToPath(new URL('../..', import.meta.url));
const anySender = /127\.0\.0\.1:\d+\)?$/;
/** The bars of the test card from left to right, at 75 %. */
const bars: readonly Color[] = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
];
/** The difference that JPEG may make to a colour. */
const tolerance = 8;

/** A complaint about the screen where it shows no test card of 480x315 with its upper left corner there; undefined: it does. */
function complainAboutCard(screen: Screen, left: number, top: number): string | undefined {
  const wanted = bars.map((color, i) => [left + ((i + 0.5) * 480) / bars.length, top + 100, color] as const);
  // Between the bars and the text the card is black.
  for (const [x, y, color] of [...wanted, [left + 240, top + 228, [0, 0, 0]] as const]) {
    const pixel = screen.pixel(x, y);
    if (pixel.some((value, i) => Math.abs(value - (color[i] ?? 0)) > tolerance)) {
      return `at ${x},${y} it is ${pixel} and not ${color}`;
    }
  }
  return undefined;
}

function startShowing(runtime: ReceiverRuntime, display: Display, args: readonly string[] = []) {
  return startReceiver(runtime, ['--show', '--quiet', ...args], { env: display.env });
}

function sendCard(port: number, args: readonly string[] = []): Child {
  return startProgram('node', 'image-sender', ['pattern', '--port', `${port}`, '--interval', '40', ...args]);
}

for (const runtime of ['node', 'packaged'] as const) defineWindows(runtime);

function defineWindows(runtime: ReceiverRuntime): void {
  describe(`window, receiver ${runtime}`, () => {
    test('the window shows the test card and goes on with it when a sender sends', async () => {
      await using display = await startDisplay();
      const { receiver, port } = await startShowing(runtime, display);
      await using _receiver = receiver;
      await using _sender = sendCard(port);
      await display.waitForWindows(anySender, 1, soonMs);
      const first = await display.waitForScreen((screen) => complainAboutCard(screen, 0, 0), soonMs);
      // The frame number and the clock.
      const text = (screen: Screen) => screen.region(0, 232, 480, 80);
      await display.waitForScreen(
        (screen) =>
          complainAboutCard(screen, 0, 0) ?? (text(screen).equals(text(first)) ? 'its text stands still' : undefined),
        soonMs,
      );
    });

    test('two senders have a window each and each goes with its sender when both send', async () => {
      await using display = await startDisplay();
      const { receiver, port } = await startShowing(runtime, display);
      await using _receiver = receiver;
      await using first = sendCard(port);
      const [left] = await display.waitForWindows(anySender, 1, soonMs);
      await using second = sendCard(port);
      const both = await display.waitForWindows(anySender, 2, soonMs);
      const right = both.find((window) => window.id !== left?.id);
      assert.ok(left && right);
      assert.notEqual(left.title, right.title);
      await display.moveWindow(right, 600, 300);
      await display.waitForScreen(
        (screen) => complainAboutCard(screen, 0, 0) ?? complainAboutCard(screen, 600, 300),
        soonMs,
      );
      assert.equal((await first.stop()).code, 0);
      const [rest] = await display.waitForWindows(anySender, 1, soonMs);
      assert.equal(rest?.title, right.title);
      assert.equal((await second.stop()).code, 0);
      await display.waitForWindows(anySender, 0, soonMs);
      await using _third = sendCard(port);
      await display.waitForWindows(anySender, 1, soonMs);
    });

    for (const key of ['q', 'Escape']) {
      test(`the receiver ends with 0 when ${key} is pressed in its window`, async () => {
        await using display = await startDisplay();
        const { receiver, port } = await startShowing(runtime, display);
        await using _receiver = receiver;
        await using _sender = sendCard(port);
        const [window] = await display.waitForWindows(anySender, 1, soonMs);
        assert.ok(window);
        await display.waitForScreen((screen) => complainAboutCard(screen, 0, 0), soonMs);
        await display.sendKey(window, 'x');
        await display.waitForScreen((screen) => complainAboutCard(screen, 0, 0), soonMs);
        await display.sendKey(window, key);
        assert.deepEqual(await receiver.wait(soonMs), { code: 0, signal: null });
      });
    }

    test('the receiver goes on when somebody closes the window of a sender that then is silent', async () => {
      await using display = await startDisplay();
      const { receiver, port } = await startShowing(runtime, display, ['--idle-timeout', '2s']);
      await using _receiver = receiver;
      await using silent = sendCard(port);
      const [window] = await display.waitForWindows(anySender, 1, soonMs);
      assert.ok(window);
      silent.signal('SIGSTOP');
      await display.closeWindow(window);
      await receiver.waitForLine('stderr', /dropped after \d+ frames .*--idle-timeout/, soonMs);
      await using _next = sendCard(port);
      await display.waitForScreen((screen) => complainAboutCard(screen, 0, 0), soonMs);
      assert.equal((await receiver.stop()).code, 0);
    });

    const noDisplays: [what: string, env: Record<string, string | undefined>, message: RegExp][] = [
      ['there is no display', { DISPLAY: undefined, WAYLAND_DISPLAY: undefined }, /there is no display: .*--show/],
      ['its display does not answer', { DISPLAY: ':59999', WAYLAND_DISPLAY: undefined }, /Cannot open a window: /],
    ];
    for (const [what, env, message] of noDisplays) {
      test(`the receiver ends with 8 and one line when ${what}`, async () => {
        // Its display has to be missing, not its library.
        await using _display = await startDisplay();
        await using receiver = startProgram(runtime, 'image-receiver', ['--show', '--port', '0'], { env });
        await assertNoWindow(receiver, message);
      });
    }

    test('the receiver ends with 8 and names the plugin when it is not beside the addon', async () => {
      await using display = await startDisplay();
      await using folder = await makeFolder();
      const command = await copyWithoutPlugin(runtime, folder.path);
      const [program = '', ...args] = [...command, '--show', '--port', '0'];
      await using receiver = new Child(program, args, { env: display.env });
      await assertNoWindow(receiver, /Cannot open a window: .*libopencv_highgui_gtk3\.so/);
    });
  });
}

async function assertNoWindow(receiver: Child, message: RegExp): Promise<void> {
  assert.deepEqual(await receiver.wait(soonMs), { code: 8, signal: null });
  assert.deepEqual(receiver.lines('stdout'), []);
  assert.equal(receiver.lines('stderr').length, 1, receiver.lines('stderr').join('\n'));
  assert.match(receiver.lines('stderr')[0] ?? '', message);
}

/** A copy of the receiver and its addon, and the command that starts it. */
async function copyWithoutPlugin(runtime: ReceiverRuntime, folder: string): Promise<string[]> {
  const from = join(project, 'dist/linux-x64');
  const addon = 'opencv4nodejs.node';
  if (runtime === 'packaged') {
    for (const file of ['image-receiver', addon]) {
      await copyFile(join(from, file), join(folder, file), constants.COPYFILE_FICLONE);
    }
    return [join(folder, 'image-receiver')];
  }
  // The sources look for the addon in the dist folder beside their own.
  await cp(join(project, 'src'), join(folder, 'src'), { recursive: true });
  await copyFile(join(project, 'package.json'), join(folder, 'package.json'));
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'dist/linux-x64'), { recursive: true });
  await copyFile(join(from, addon), join(folder, 'dist/linux-x64', addon));
  const [node = ''] = programCommand('node', 'image-receiver');
  return [node, join(folder, 'src/image-receiver.ts')];
}
