import type { Component } from '../licences.ts';

export interface CopyrightInput {
  readonly program: string;
  /** This project's LICENSE: its name, its copyright line and its text. */
  readonly licence: string;
  /** Inside the program. */
  readonly components: readonly Component[];
  /** The notice beside the addon, with a table of what is inside. */
  readonly addonNotice: string;
}

/** Where Debian has the texts of licences that many packages have. */
const commonTexts: Readonly<Record<string, string>> = {
  'Apache-2.0': 'Apache-2.0',
  'LGPL-2.1-or-later': 'LGPL-2.1',
  'GPL-3.0-or-later-with-GCC-exception-3.1': 'GPL-3',
};

/** The file `copyright` of a package, in the format of DEP-5. */
export function formatCopyright({ program, licence, components, addonNotice }: CopyrightInput): string {
  const [, copyright = '', ...text] = licence.split(/\n\n/);
  const native = readNotice(addonNotice);
  const folder = `/usr/share/doc/${program}/licenses`;
  const authors = `the authors that the files in ${folder} name`;
  const names = new Set([...components, ...native].flatMap(({ licence: expression }) => splitExpression(expression)));
  names.delete('MIT');
  const stanzas = [
    [
      'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
      'Upstream-Name: image-socket',
      'Comment:',
      indent(addonNotice.replace('the files beside this one', `in ${folder}`)),
    ],
    ['Files: *', `Copyright: ${copyright.replace(/^Copyright \(c\) /, '')}`, 'License: MIT'],
    [`Files: usr/lib/${program}/${program}`, `Copyright: ${authors}`, joinLicences(components), describe(components)],
    [
      `Files: usr/lib/${program}/*.node usr/lib/${program}/*.so`,
      `Copyright: ${authors}`,
      joinLicences(native),
      describe(native),
    ],
    ['License: MIT', indent(text.join('\n\n'))],
    ...[...names].sort().map((name) => [`License: ${name}`, ` ${describeText(name, folder)}`]),
  ];
  return `${stanzas.map((lines) => lines.join('\n').trimEnd()).join('\n\n')}\n`;
}

/** Rows such as `  zlib             1.3.1-1              Zlib`. */
function readNotice(notice: string): Component[] {
  const rows = notice.matchAll(/^ {2}(\S.*?) {2,}(\S.*?) {2,}(\S.*)$/gm);
  return [...rows].map(([, name = '', version = '', licence = '']) => ({ name, version, licence }));
}

function splitExpression(expression: string): string[] {
  return expression.split(' AND ').map((name) => name.replace(' WITH ', '-with-'));
}

function joinLicences(components: readonly Component[]): string {
  const names = components.flatMap(({ licence }) => splitExpression(licence));
  return `License: ${[...new Set(names)].join(' and ')}`;
}

function describe(components: readonly Component[]): string {
  return `Comment:\n${components.map(({ name, version, licence }) => ` ${name} ${version}: ${licence}`).join('\n')}`;
}

function describeText(name: string, folder: string): string {
  const common = commonTexts[name];
  return common === undefined
    ? `The text is in ${folder}.`
    : `On Debian systems the text is in /usr/share/common-licenses/${common}.`;
}

/** A field of several lines: a dot stands for an empty one. */
function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? ' .' : ` ${line}`))
    .join('\n');
}
