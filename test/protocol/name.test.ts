import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { parseRequest } from '../../src/protocol/http/http-request.ts';
import { isName, readName } from '../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';

const blank: Record<string, string> = {
  nothing: '',
  spaces: '   ',
  'a no-break space': '\u00a0',
  'an ideographic space': '\u3000',
  'a zero-width space': '\u200b',
  'a word joiner': '\u2060',
  'a byte order mark': '\ufeff',
  'a soft hyphen': '\u00ad',
  'a filler of Hangul': '\u3164',
  'a half-width filler of Hangul': '\uffa0',
  'fillers of Hangul jamo': '\u115f\u1160',
  'an empty pattern of Braille': '\u2800',
  'an empty note head': '\u{1d159}',
  'accents alone': '\u0301\u0308',
  'an enclosing circle alone': '\u20dd',
  'a variation selector': '\ufe0f',
  'one of the many others': '\u{e0101}',
  tags: '\u{e0067}\u{e0062}',
  'a bidi override': '\u202e',
  'a Mongolian vowel separator': '\u180e',
  'a grapheme joiner': '\u034f',
  'vowels of Khmer that nobody writes': '\u17b4\u17b5',
  'several of these': ' \u3164\u2800\u0301 ',
};

describe('isName rejects what looks empty', () => {
  for (const [what, name] of Object.entries(blank)) test(what, () => assert.ok(!isName(name)));
});

test('isName takes what can be seen, in any script', () => {
  for (const name of [
    'a',
    '7',
    '-',
    'Küche 2',
    'Ku\u0308che',
    '玄関',
    'دوربین',
    'कैमरा',
    '한글',
    '❤\ufe0f',
    '🏠',
    '⠁',
    '.',
    ' x ',
  ]) {
    assert.ok(isName(name), name);
  }
  for (const name of ['a\u202eb', 'a\nb', 'a\u200bb', 'x'.repeat(65)]) assert.ok(!isName(name), name);
});

describe('the spellings of a name in Unicode', () => {
  const [composed, decomposed] = ['Küche が'.normalize('NFC'), 'Küche が'.normalize('NFD')];

  test('are one name, unless the common one is too long', () => {
    assert.notEqual(composed, decomposed);
    assert.equal(readName(decomposed), composed);
    assert.equal(readName(''), undefined);
    const growing = '\u0958'.repeat(21);
    assert.equal(readName(growing), growing);
  });

  test('are one name in a HELO', () => {
    const identity = { stream: 'pi-k3x9f2ab', delivery: 'latest', keepAliveMs: 0, token: new Uint8Array() } as const;
    const bytes = encodeMessage({ type: 'HELO', ...identity, name: decomposed });
    const [hello] = [...new MessageDecoder(defaultFrameLimits).decode(bytes)];
    assert.equal(hello?.type === 'HELO' ? hello.name : undefined, composed);
  });

  test('are one name in the path of an HTTP request', () => {
    const { name } = parseRequest([`POST /${encodeURIComponent(decomposed)} HTTP/1.1`, 'Host: x', 'Content-Length: 0']);
    assert.equal(name, composed);
  });
});
