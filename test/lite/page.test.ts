import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askLite } from '../support/lite.ts';
import { readCommands } from '../support/page-commands.ts';
import { readPages, readRows } from '../support/pages.ts';

const pages = await readPages();
const page = pages.find(({ path }) => path === 'src/lite/README.md') ?? assert.fail('no page');

describe('the page of image-sender-lite', () => {
  test('has a row for each option, with its default', async () => {
    const code = `import json
options = vars(lite.make_parser().parse_args(['rpicam']))
print(json.dumps({name.replace('_', '-'): value for name, value in options.items()}))`;
    const { command: _, number: __, ...options } = JSON.parse((await askLite(code)).join(''));
    const rows = readRows(page).filter(([cell = '']) => cell.startsWith('`--'));
    const defaults = new Map(rows.map(([cell = '', , value = '']) => [cell.slice(3, -1), value]));
    assert.deepEqual([...defaults.keys()].sort(), Object.keys(options).sort());
    for (const [name, value] of Object.entries<unknown>(options)) {
      if (value === null || value === false) continue;
      const text = Array.isArray(value) ? value.join('x') : String(value);
      const unit = name.endsWith('-timeout') ? 's' : '';
      assert.equal(defaults.get(name)?.replace('M', '000000'), `\`${text}${unit}\``, name);
    }
  });

  test('shows command lines that the program takes, and so do all pages', async () => {
    const commands = pages.flatMap((one) => readCommands(one, ['image-sender-lite']));
    assert.ok(commands.length > 5, `${commands.length} were found`);
    const words = commands.map(({ args }) => args.slice(0, args.indexOf('--') < 0 ? undefined : args.indexOf('--')));
    const code = 'import json\nfor words in json.loads(sys.argv[2]): lite.make_parser().parse_args(words)';
    await askLite(code, [JSON.stringify(words)]);
  });
});
