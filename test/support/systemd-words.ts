import assert from 'node:assert/strict';

/** The words of a command line in a unit, as systemd.service(5) and systemd.syntax(7) have it; `variables` are those that are set. */
export function readWords(line: string, variables: Readonly<Record<string, string>> = {}): string[] {
  const words = line.match(/"(?:\\.|[^"\\])*"(?= |$)|[^\s"'\\]+/gu) ?? [];
  assert.equal(words.join(' '), line, 'all of the line is words');
  return words.map((word) => {
    assert.notEqual(word, ';', 'a word of its own that begins another command');
    const bare = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : word;
    return bare.replaceAll(/%%|%|\$\$|\$\{(\w+)\}|\$/g, (found, name: string | undefined) => {
      if (found.length === 2) return found.charAt(0);
      assert.ok(name !== undefined && variables[name] !== undefined, `a specifier or a variable: ${found}`);
      return variables[name];
    });
  });
}
