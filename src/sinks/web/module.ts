import type { Options, Reader } from '../../options/option.ts';
import { badOption, host } from '../../options/readers.ts';
import { adviseNewSecret, secretFile } from '../../options/secret-file.ts';
import { maxQueuedBytes } from '../queue/queued-sink.ts';
import { defineSink } from '../sink-module.ts';
import { announcePage } from './announce-page.ts';
import { WebSink } from './web-sink.ts';

const group = 'View:';

interface PageAddress {
  readonly host: string;
  readonly port: number;
}

const pageAddress: Reader<PageAddress> = (text, name) => {
  const [, where = 'localhost', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65535 || where.includes('/')) {
    throw badOption(name, 'a port, or HOST:PORT such as 0.0.0.0:8000', text);
  }
  return { host: host(where, name), port: Number(port) };
};

const options = {
  web: {
    group,
    describe:
      'Serve a page with all cameras at this `[HOST:]PORT`; also `/stream/NAME`, `/snapshot/NAME.jpg`, `/api/cameras`, `/metrics`',
    read: pageAddress,
    service: { port: (text) => Number(/\d+$/.exec(text)?.[0] ?? 0) },
  },
  'web-token-file': {
    group,
    describe: 'File with the password of the page: 8 to 512 bytes',
    read: secretFile('password', adviseNewSecret),
    needs: 'web',
    holds: 'secret',
  },
} satisfies Options;

/** A page for browsers, and addresses for other programs. */
export const web = defineSink({
  name: 'web',
  describe: 'shows all cameras on a page, and serves streams to other programs',
  options,
  replacesLines: true,
  // The last pictures of cameras that are away.
  memoryBytes: maxQueuedBytes,
  read: ({ web: address, 'web-token-file': token }) => address && { ...address, token },
  async open({ token, ...address }, context) {
    const { cameras, forgetter, log, scheduler, tls, recordings, results, inviter, renderMetrics } = context;
    const sources = { results, recordings: recordings.index, forgetter, inviter, metrics: renderMetrics };
    const settings = { ...address, ...sources, token, tls, scheduler };
    const sink = await WebSink.open(settings, cameras, log);
    announcePage(sink.addresses, { hasTls: tls !== undefined, hasPassword: token !== undefined }, log);
    return sink;
  },
});
