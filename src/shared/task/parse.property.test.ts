import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTasks } from './parse.ts'
import { taskKeys } from './schema.ts'
import { withoutSecretValues } from './secret-values.ts'

const SAMPLE = `# a task
name: a
resources: {accelerators: [A100:8, H100], cpus: 8+}
envs:
  A: "x"
secrets:
  T: null
file_mounts: {/data: ~/data}
run: |
  echo 'it''s'
`

const pieces = fc.constantFrom(
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    ':',
    ': ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '!t ',
    '%',
    '@',
    '#',
    '---\n',
    '<<: ',
    '\r\n',
    '\ufeff',
    '\\',
    '~',
    'null',
    '\u0000',
    '\ud800',
    '😀',
  ],
  ...Object.keys(taskKeys),
)
const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''))
/** The sample with something taken out and something else put in. */
const mutant = fc
  .record({ at: fc.nat(SAMPLE.length), take: fc.nat(30), put: fc.array(pieces, { maxLength: 4 }) })
  .map(({ at, take, put }) => SAMPLE.slice(0, at) + put.join('') + SAMPLE.slice(at + take))

test('never throws, and every problem stands in the text where it says', () => {
  fc.assert(
    fc.property(fc.oneof(soup, mutant, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      const { tasks, problems } = parseTasks(text)
      for (const { from, to } of tasks) expect(0 <= from && from <= to && to <= text.length).toBe(true)
      for (const { from, to, line, column, message } of problems) {
        expect(0 <= from && from <= to && to <= text.length).toBe(true)
        const before = text.slice(0, from).split('\n')
        expect({ line, column }).toEqual({ line: before.length, column: before.at(-1)!.length + 1 })
        expect(message).not.toBe('')
      }
    }),
    { numRuns: 1000 },
  )
})

const MARK = 's3cr3t'
const values = fc.constantFrom(
  ...[
    ` ${MARK}\n`,
    ` "${MARK}" # note\n`,
    ` '${MARK}'\n`,
    ` |\n    ${MARK}\n    ${MARK}\n`,
    ` >-\n\n    ${MARK}\n`,
    ` "a\n    ${MARK}"\n`,
    ` a\n    ${MARK}\n`,
  ],
  ...[
    ` {a: ${MARK}}\n`,
    ` [${MARK},\n    ${MARK}]\n`,
    `\n    a: ${MARK}\n`,
    `\n    - ${MARK}\n`,
    ` &x ${MARK}\n`,
    ` !t ${MARK}\n`,
    `\n    ${MARK}\n`,
    ` ${MARK}`,
  ],
)
const secretTexts = fc
  .record({
    value: values,
    another: values,
    key: fc.constantFrom('secrets', '"secrets"', "'secrets'", 'secrets '),
    before: fc.constantFrom('', SAMPLE.replace(/secrets:\n.*\n/, '')),
  })
  .map(
    ({ value, another, key, before }) =>
      `${before}${key}:\n  HF_TOKEN:${value}${value.endsWith('\n') ? `  OTHER:${another}` : ''}`,
  )

test('no value of a secret is left in the text, and all else is', () => {
  fc.assert(
    fc.property(secretTexts, (text) => {
      const clean = withoutSecretValues(text)
      expect(clean).not.toContain(MARK)
      expect(withoutSecretValues(clean)).toBe(clean)
      expect(clean.slice(0, text.search(/["']?secrets/))).toBe(text.slice(0, text.search(/["']?secrets/)))
    }),
  )
})

test('nor while it is being typed, or is broken behind the value', () => {
  fc.assert(
    fc.property(secretTexts, fc.nat(400), pieces, (text, at, piece) => {
      const cut = text.slice(0, Math.max(text.search(/secrets["' ]*:/) + 12, at))
      expect(withoutSecretValues(cut)).not.toContain(MARK)
      expect(withoutSecretValues(`${text.trimEnd()}\n${piece}x: [`)).not.toContain(MARK)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['secrets: {A: s3cr3t, B: "s3cr3t"} # kept\nrun: x # kept\n', 'secrets: {A: null, B: null} # kept\nrun: x # kept\n'],
  [
    'secrets:\n  A: |\n    s3cr3t\n  B: s3cr3t   # kept\nrun: |\n  secrets: yes\n',
    'secrets:\n  A: null\n  B: null   # kept\nrun: |\n  secrets: yes\n',
  ],
  ['secrets: s3cr3t\n', 'secrets: null\n'],
  ['secrets:\n  - A=s3cr3t\n', 'secrets:\n  - null\n'],
  ['envs: {X: &x s3cr3t}\nsecrets: {A: *x}\n', 'envs: {X: &x null}\nsecrets: {A: *x}\n'],
  ['x: &x {A: s3cr3t}\nsecrets: *x\n', 'x: &x {A: null}\nsecrets: *x\n'],
  ['{secrets: {A: s3cr3t', '{secrets: null'],
  ['secrets:\n  A: s3cr3t\n\tB: s3cr3t\nrun: x\n', 'secrets:\n  A: null\n\tB: null\nrun: x\n'],
  ['secrets:\n- A=s3cr3t\n- [\nrun: x\n', 'secrets:\nnull\nnull\nrun: x\n'],
  ['run: x\n', 'run: x\n'],
])('%j without its secrets', (text, clean) => expect(withoutSecretValues(text)).toBe(clean))
