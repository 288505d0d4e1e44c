import test from 'ava';
import fc from 'fast-check';
import { parseRules, RulesError } from '../../src/rules/index.ts';

const SEED = `Define\t<APPL-ID> as PROPERTY application-ID
REDIR PATH\t"/user/app/config" to "/usr/app/<APPL-ID>/config"
SET ENV\t"HOME" = "/usr/app/<APPL-ID>"
`;

function faults(text: string): string[] {
  try {
    parseRules(text, 'r');
    return [];
  } catch (error) {
    if (error instanceof RulesError) return error.lines();
    throw error;
  }
}

test("the specification's own three statements are read exactly as written", (t) => {
  const rules = parseRules(SEED, 'seed.rules');
  t.deepEqual([...rules.definitions], [['APPL-ID', 'application-ID']]);
  t.is(rules.redirects[0]?.from, '/user/app/config');
  t.is(rules.redirects[0]?.to.text, '/usr/app/<APPL-ID>/config');
  t.is(rules.redirects[0]?.text, 'REDIR PATH\t"/user/app/config" to "/usr/app/<APPL-ID>/config"');
  t.is(rules.environment[0]?.name, 'HOME');
  t.is(rules.environment[0]?.value.text, '/usr/app/<APPL-ID>');
  t.is(rules.source, SEED);
});

test('case of keywords, spaces, comments, blank lines, CRLF and a byte order mark do not matter', (t) => {
  const rules = parseRules(
    '\uFEFF# top\r\n\r\n  define  <X>  AS property APPLICATION-id # here\r\n' + 'redir path"/a"TO"/b/<X>#1" # there\r\nset env "A"="x # y"',
    'r',
  );
  t.deepEqual([...rules.definitions.keys()], ['APPL-ID', 'X']);
  t.is(rules.redirects[0]?.to.text, '/b/<X>#1');
  t.is(rules.redirects[0]?.text, 'redir path"/a"TO"/b/<X>#1"');
  t.is(rules.environment[0]?.value.text, 'x # y');
});

test('a rule states resource type, access and action', (t) => {
  const rules = parseRules('RESOURCE file "/var/log/*" ON write DO duplicate\nresource PORT "80" on create, any do Multiplex', 'r');
  t.like(rules.resources[0], { type: 'file', accesses: ['write'], action: 'duplicate', line: 1 });
  t.like(rules.resources[1], { type: 'port', accesses: ['create', 'any'], action: 'multiplex', line: 2 });
});

test('APPL-ID needs no Define, and a Define may follow its use', (t) => {
  t.deepEqual(faults('SET ENV "A" = "<APPL-ID><G>"\nDefine <G> as PROPERTY generation'), []);
});

const BAD: readonly [text: string, expected: string][] = [
  ['Foo', 'r:1:1: expected "Define", "REDIR", "SET" or "RESOURCE", found "Foo"'],
  ['SET ENV "A" "b"', 'r:1:13: expected "=", found """'],
  ['SET ENV "A" =', 'r:1:14: expected a string in double quotes, found the end of the line'],
  ['SET ENV "A" = "b" c', 'r:1:19: expected the end of the line, found "c"'],
  ['SET ENV "A" = "b', 'r:1:17: the string has no closing quote'],
  ['SET ENV "A" = "b\\q"', 'r:1:18: an escape is one of \\" \\\\ \\< \\> \\n \\t'],
  ['SET ENV "A" = "a<b"', 'r:1:17: "<" opens a variable: write <NAME>, or \\< for the character itself'],
  ['SET ENV "A" = "<B>"', 'r:1:16: <B> is not defined: write "Define <B> as PROPERTY ..." first'],
  ['SET ENV "1A" = ""', 'r:1:9: "1A" is no name of an environment variable'],
  ['SET ENV "APPSHOT_AID" = "x"', 'r:1:9: "APPSHOT_AID" is set by Appshot itself'],
  ['Define <A> as PROPERTY colour', 'r:1:24: unknown property "colour": use application-ID, template-ID, generation'],
  ['Define <APPL-ID> as PROPERTY generation', 'r:1:30: <APPL-ID> always is the application-ID'],
  ['REDIR PATH "a" to "/b"', 'r:1:12: "a" is not an absolute path'],
  ['REDIR PATH "/a" to "b/<APPL-ID>"', 'r:1:20: "b/<APPL-ID>" is not an absolute path'],
  ['REDIR PATH "/a/../b" to "/c"', 'r:1:12: a path can hold no "." or ".." component'],
  ['REDIR PATH "/" to "/c"', 'r:1:12: "/" itself can\'t be redirected'],
  ['REDIR PATH "/proc/x" to "/c"', "r:1:12: /proc is the instance's own and can't be redirected"],
  ['REDIR PATH "/a/<APPL-ID>" to "/c"', 'r:1:12: the path that is redirected can hold no variable'],
  ['REDIR PATH "/a" to "/c=d"', 'r:1:20: a path can hold no "<", ">", "=" or control character'],
  ['REDIR PATH "/a" to "/a/<APPL-ID>"', 'r:1:12: "/a" would lead back to itself'],
  [
    'RESOURCE thing "x" ON any DO keep',
    'r:1:10: unknown resource type "thing": use file, memory, socket, port, shm, sem, msg, pipe, timer, process',
  ],
  ['RESOURCE file "/x" ON look DO keep', 'r:1:23: unknown access "look": use create, read, write, destroy, any'],
  ['RESOURCE pipe "1" ON any DO share', 'r:1:29: "share" can\'t be done to a pipe: use duplicate, keep, reset'],
  ['RESOURCE file "x" ON any DO keep', 'r:1:15: "x" is not an absolute path'],
];
for (const [text, expected] of BAD) test(`refused: ${text}`, (t) => t.deepEqual(faults(text), [expected]));

test('what is said twice is refused, with the line that said it first', (t) => {
  t.deepEqual(faults('Define <A> as PROPERTY generation\nDefine <A> as PROPERTY generation'), ['r:2:8: <A> is defined already, in line 1']);
  t.deepEqual(faults('SET ENV "A" = "1"\nSET ENV "A" = "2"'), ['r:2:9: "A" is set already, in line 1']);
  t.deepEqual(faults('REDIR PATH "/a" to "/b"\nREDIR PATH "/a//" to "/c"'), ['r:2:12: "/a" is redirected already, in line 1']);
  t.deepEqual(faults('REDIR PATH "/a" to "/x"\nREDIR PATH "/a/b" to "/c"'), ['r:2:12: "/a/b" lies inside "/a", which line 1 redirects']);
  t.deepEqual(faults('RESOURCE file "/a" ON any DO keep\nRESOURCE file "/a" ON write DO keep'), ['r:2:15: line 1 decides this already']);
  t.deepEqual(faults('RESOURCE file "/a" ON write DO keep\nRESOURCE file "/a" ON any DO share'), []);
});

test('circles of redirections are refused', (t) => {
  t.deepEqual(faults('REDIR PATH "/a" to "/b/x"\nREDIR PATH "/b" to "/a/y"'), [
    'r:1:12: "/a" would lead back to itself',
    'r:2:12: "/b" would lead back to itself',
  ]);
  t.deepEqual(faults('REDIR PATH "/a" to "/b/x"\nREDIR PATH "/b" to "/c/<APPL-ID>"'), []);
});

test('every mistake is reported, in the order of the file', (t) => {
  t.deepEqual(
    faults(`Foo\n${SEED}SET ENV "X" = "<NO>"\nREDIR PATH "a" to "b"\nBar`).map((line) => line.slice(0, 6)),
    ['r:1:1:', 'r:5:16', 'r:6:12', 'r:6:19', 'r:7:1:'],
  );
});

test('the error itself is one line of the usual kind', (t) => {
  const error = t.throws(() => parseRules('Foo\nBar', '/etc/web.rules'), { instanceOf: RulesError });
  t.is(error.code, 'misuse');
  t.is(error.what, '/etc/web.rules:1:1');
  t.true(error.message.endsWith('found "Foo" (and 1 more)'));
});

test('any text at all gives rules or a RulesError whose places lie in the text', (t) => {
  const line = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...SEED.split('\n'), ...BAD.map(([text]) => text)));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.join('\n');
      try {
        parseRules(text, 'any');
      } catch (error) {
        t.true(error instanceof RulesError, String(error));
        const count = text.split('\n').length;
        for (const problem of (error as RulesError).problems) t.true(problem.line >= 1 && problem.line <= count && problem.column >= 1);
      }
    }),
  );
  t.pass();
});

test('any value survives being quoted', (t) => {
  const escaped = (text: string): string =>
    text
      .replace(/[\\"<>]/g, '\\$&')
      .replace(/\n/g, '\\n')
      .replace(/\t/g, '\\t');
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/[\0\r]/.test(text)),
      (text) => {
        t.is(parseRules(`SET ENV "A" = "${escaped(text)}"`, 'r').environment[0]?.value.text, text);
      },
    ),
  );
});
