import { runProgram } from './cli/program.ts';
import { senderDisplay, summarizeSender } from './cli/sender-display.ts';
import { readSenderSettings, senderCommandLine } from './cli/sender-options.ts';
import { createFeed } from './link/sending/feed.ts';
import { Sender } from './link/sending/sender.ts';
import { openSource } from './sources/source.ts';

void runProgram(senderCommandLine, async (request, terminal, stop) => {
  const settings = readSenderSettings(request.command, request.options);
  const source = await openSource(settings.source, settings.picture, terminal, stop.signal);
  const delivery = settings.delivery ?? source.delivery;
  const feed = createFeed(source.frames, delivery);
  const sender = new Sender({ ...settings.sender, delivery }, feed, terminal);
  const startedMs = performance.now();
  terminal.startLive(senderDisplay(sender, settings, source.frameCount));
  try {
    await sender.run(stop.signal);
  } finally {
    stop.abort();
    terminal.stopLive();
    // The addon's threads must be at rest when the process ends.
    await feed.closed();
    if (sender.connects > 0) terminal.info(summarizeSender(sender, performance.now() - startedMs));
  }
});
