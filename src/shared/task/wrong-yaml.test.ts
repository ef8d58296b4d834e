import { expect, test } from 'vitest'
import { parseTasks } from './parse.ts'

/** Wrong YAML, and what is said to it: `line:column message suggestion → what Fix writes`. */
const wrong: [yaml: string, ...said: string[]][] = [
  [
    'resources:\n  acclerators: H100:8\nrun: x\n',
    '2:3 Unknown key `acclerators` in `resources`. Did you mean `accelerators`? → accelerators',
  ],
  ['Name: x\nrun: x', '1:1 Unknown key `Name` in a task. Did you mean `name`? → name'],
  ['gpus: 8\nrun: x', '1:1 Unknown key `gpus` in a task. `accelerators` belongs in `resources`, two spaces further in.'],
  [
    'accelerators: A100\nrun: x',
    '1:1 Unknown key `accelerators` in a task. `accelerators` belongs in `resources`, two spaces further in.',
  ],
  [
    'resources:\n  run: x\nrun: y\n',
    '2:3 Unknown key `run` in `resources`. `run` belongs to the task itself, at the beginning of a line.',
  ],
  ['zzzzz: 1\nrun: x\n', '1:1 Unknown key `zzzzz` in a task.'],
  ['name: a\nname: b\nrun: x\n', '2:1 `name` stands twice: on line 1 and on line 2. Keep one of them.'],
  ['num_nodes: "2"\nrun: x\n', '1:12 `num_nodes` must be a whole number, without quotes; this is text. → 2'],
  ['num_nodes: 0\nrun: x\n', '1:12 `num_nodes` must be at least 1; this is 0. → 1'],
  ['num_nodes: 1.5\nrun: x\n', '1:12 `num_nodes` must be a whole number, without quotes; this is a number.'],
  ['num_nodes: -3\nrun: x\n', '1:12 `num_nodes` must be at least 1; this is -3. → 1'],
  ['num_nodes:\nrun: x\n', '1:1 `num_nodes` has no value. Write a whole number, without quotes, or delete the line.'],
  ['name: 123\nrun: x\n', '1:7 `name` must be text; this is a number. → "123"'],
  [
    'name: my task!\nrun: x\n',
    '1:7 `my task!` cannot be the name of a task. Letters, digits, and single - _ . between them. → my-task',
  ],
  ['run: [a, b]\n', '1:6 `run` must be text; this is a list.'],
  ['run: 5\n', '1:6 `run` must be text; this is a number. → "5"'],
  ['run: true\n', '1:6 `run` must be text; this is true. → "true"'],
  [
    'resources: A100\nrun: x\n',
    '1:12 `resources` must be a map: keys with values, each on its own line, further in; this is text.',
  ],
  [
    'resources:\n  memory: 16GiB\nrun: x\n',
    '2:11 `memory` must be GB, as `16`, `16+` or `16GB`; this is `16GiB`. Write `16GB`. → 16GB',
  ],
  ['resources:\n  memory: lots\nrun: x\n', '2:11 `memory` must be GB, as `16`, `16+` or `16GB`; this is `lots`.'],
  [
    'resources:\n  memory: 16 GB\nrun: x\n',
    '2:11 `memory` must be GB, as `16`, `16+` or `16GB`; this is `16 GB`. Write `16GB`. → 16GB',
  ],
  ['resources:\n  memory: -1\nrun: x\n', '2:11 `memory` must be GB, as `16`, `16+` or `16GB`; this is `-1`.'],
  ['resources:\n  disk_size: 1TB+\nrun: x\n', '2:14 `disk_size` must be GB, as `256`, or with a unit, as `1TB`; this is `1TB+`.'],
  ['resources:\n  disk_size: 10MB\nrun: x\n', '2:14 `disk_size` must be at least 1 GB.'],
  ['resources:\n  cpus: 8x\nrun: x\n', '2:9 `cpus` must be a number of cores, as `8`, or `8+` for at least 8; this is `8x`.'],
  ['resources:\n  cpus: 0\nrun: x\n', '2:9 `cpus` must be a number of cores, as `8`, or `8+` for at least 8; this is `0`.'],
  [
    'resources:\n  accelerators: A100:eight\nrun: x\n',
    '2:17 How many of `A100`? `eight` is no number above 0. Write a whole number, as `A100:8`.',
  ],
  [
    'resources:\n  accelerators: 8\nrun: x\n',
    '2:17 `accelerators` must be a GPU and how many, as `H100:8`, or a list of these; this is a number.',
  ],
  [
    'resources:\n  accelerators: A100:0\nrun: x\n',
    '2:17 How many of `A100`? `0` is no number above 0. Write a whole number, as `A100:8`.',
  ],
  [
    'resources:\n  accelerators: A100:0.5\nrun: x\n',
    '2:17 Styx does not share a GPU between jobs yet. Write a whole number, as `A100:1`.',
  ],
  [
    'resources:\n  accelerators: A100: 8\nrun: x\n',
    '2:17 There is a second colon on this line. Put the value in quotes, or write it below, after `|`. → "A100: 8"',
  ],
  [
    'resources:\n  accelerators: []\nrun: x\n',
    '2:17 `accelerators` must be a GPU and how many, as `H100:8`, or a list of these; this is a list.',
  ],
  [
    'resources:\n  accelerators: {A100: many}\nrun: x\n',
    '2:24 How many of `A100`? `many` is no number above 0. Write a whole number, as `A100:8`.',
  ],
  ['resources:\n  use_spot: "true"\nrun: x\n', '2:13 `use_spot` must be `true` or `false`; this is text. → true'],
  ['resources:\n  use_spot: maybe\nrun: x\n', '2:13 `use_spot` must be `true` or `false`; this is text.'],
  [
    'resources:\n  infra: gcp\nrun: x\n',
    '2:10 Styx does not launch on `gcp` yet. It knows `local`, `ssh`, `aws`, `k8s` and `kubernetes`.',
  ],
  [
    'resources:\n  infra: aws/us-east-1/us-east-1a/x\nrun: x\n',
    '2:10 `aws/us-east-1/us-east-1a/x` is no place that Styx knows. Write CLOUD, CLOUD/REGION or CLOUD/REGION/ZONE, as `aws/us-east-1`, or `k8s/CONTEXT`.',
  ],
  [
    'resources:\n  infra: awss\nrun: x\n',
    '2:10 `awss` is no place that Styx knows. Write CLOUD, CLOUD/REGION or CLOUD/REGION/ZONE, as `aws/us-east-1`, or `k8s/CONTEXT`.',
  ],
  [
    'resources:\n  infra: aws\n  region: us-east-1\nrun: x\n',
    '3:3 `infra` and `region` exclude each other. Delete `region`: `infra` says all, as `aws/us-east-1`.',
  ],
  [
    'resources:\n  any_of:\n    - infra: aws\n  ordered:\n    - infra: aws\nrun: x\n',
    '4:3 `any_of` and `ordered` exclude each other. Keep `ordered` if the order matters, else `any_of`.',
  ],
  ['resources:\n  any_of: aws\nrun: x\n', '2:11 `any_of` must be a list of candidates, each beginning with `-`; this is text.'],
  ['resources:\n  any_of:\n    - aws\nrun: x\n', '3:7 Each candidate must be a map, as `- infra: aws`.'],
  [
    'resources:\n  any_of:\n    - {accelerators: [A100, H100]}\n    - {autostop: 5}\nrun: x\n',
    '3:22 `accelerators` must be one GPU and how many, as `H100:8`; this is a list.',
    '4:8 `autostop` is refused: it holds for the whole cluster; write it once, directly in `resources`.',
  ],
  [
    'resources:\n  accelerators: [A100, H100]\n  any_of:\n    - infra: aws\nrun: x\n',
    '2:3 Several accelerators and `any_of` exclude each other. Name one accelerator in each entry of `any_of`.',
  ],
  [
    'resources:\n  autostop: soon\nrun: x\n',
    '2:13 `autostop` must be `true`, `false`, minutes, or a time as `1h`; this is `soon`. Units are m, h, d and w.',
  ],
  [
    'resources:\n  autostop: 1y\nrun: x\n',
    '2:13 `autostop` must be `true`, `false`, minutes, or a time as `1h`; this is `1y`. Units are m, h, d and w.',
  ],
  [
    'resources:\n  autostop: {idle_minutes: -1, dwon: true}\nrun: x\n',
    '2:28 `idle_minutes` must be at least 0; this is -1. → 0',
    '2:32 Unknown key `dwon` in `resources.autostop`. Did you mean `down`? → down',
  ],
  [
    'resources:\n  ports: 8080\n  image_id: docker:x\nrun: x\n',
    '2:3 `ports` is refused: Styx does not open ports yet.',
    '3:3 `image_id` is refused: Styx does not choose images yet.',
  ],
  ['envs: [A=1]\nrun: x\n', '1:7 `envs` must be a map: keys with values, each on its own line, further in; this is a list.'],
  [
    'envs:\n  1A: x\n  A-B: y\nrun: x\n',
    '2:3 `1A` cannot be the name of a variable. Letters, digits and _, not beginning with a digit.',
    '3:3 `A-B` cannot be the name of a variable. Letters, digits and _, not beginning with a digit.',
  ],
  ['envs:\n  A: {b: c}\nrun: x\n', '2:6 `A` must be text or a number; this is a map.'],
  ['envs:\n  SKYPILOT_NODE_RANK: 1\nrun: x\n', '2:3 `SKYPILOT_NODE_RANK` is set by Styx for every job. Delete it here.'],
  [
    'envs:\n  __proto__: 1\n  constructor: 2\nrun: x\n',
    '2:3 `__proto__` cannot be the name of a variable. Letters, digits and _, not beginning with a digit.',
  ],
  ['envs:\n  A: 1\nsecrets:\n  A: 2\nrun: x\n', '4:3 `A` stands in `envs` and in `secrets`. Keep it in `secrets`.'],
  [
    'secrets: [HF_TOKEN]\nrun: x\n',
    '1:1 A list in `secrets` is refused: Styx keeps no secrets by name yet. Write each as a key, as `HF_TOKEN: null`, and give its value in the form.',
  ],
  [
    'envs:\n  T: &t abc\nsecrets:\n  A: *t\nrun: x\n',
    '4:6 The value of a secret must stand by itself, without & or *. Write `null`, and give its value in the form. → null',
  ],
  [
    'workdir: s3://bucket/x\nrun: x\n',
    '1:10 Styx does not fetch from `s3://bucket/x` yet. Name a folder of this computer, or a Git repository: `{url: …, ref: …}`.',
  ],
  ['workdir: ./src\nrun: x\n', '1:10 `./src` depends on where the file lies, which Styx does not know. Begin it with / or ~/.'],
  ['workdir: ~/$X\nrun: x\n', '1:10 Styx does not fill variables into paths yet. Write the path itself.'],
  [
    'workdir: {url: --upload-pack=x, ref: main}\nrun: x\n',
    '1:16 `--upload-pack=x` is no address of a Git repository. Write https://…, ssh://… or git@HOST:PATH.',
  ],
  [
    "workdir: {url: 'ext::sh -c id'}\nrun: x\n",
    '1:16 `ext::sh -c id` is no address of a Git repository. Write https://…, ssh://… or git@HOST:PATH.',
  ],
  ['workdir: {url: https://x/y, ref: --all}\nrun: x\n', '1:34 `--all` is no branch, tag or commit. Write one, or leave it out.'],
  ['workdir: {ref: main}\nrun: x\n', '1:10 Of which repository? Write its address as `url`.'],
  ['workdir: {ulr: https://x}\nrun: x\n', '1:11 Unknown key `ulr` in `workdir`. Did you mean `url`? → url'],
  [
    'file_mounts:\n  /data: r2://b\nrun: x\n',
    '2:10 Styx does not fetch from `r2://b` yet. Name a file or folder of this computer, or an s3://, gs:// or https:// address.',
  ],
  [
    'file_mounts:\n  /data: {source: s3://b, mode: MOUNT}\nrun: x\n',
    '2:11 `source` is refused: Styx does not reach buckets yet.',
    '2:27 `mode` is refused: Styx does not reach buckets yet.',
  ],
  ['file_mounts:\n  /data:\nrun: x\n', '2:3 `/data` has no value. Write a file or folder of this computer, or delete the line.'],
  [
    'file_mounts:\n  s3://x: ~/a\nrun: x\n',
    '2:3 `s3://x` is no path on a node. First the path on the node, then what is put there.',
  ],
  [
    'file_mounts: ~/a\nrun: x\n',
    '1:14 `file_mounts` must be a map: keys with values, each on its own line, further in; this is text.',
  ],
  [
    'service:\n  replicas: 2\n  redinessprobe: /x\nrun: x\n',
    '1:1 `service` is refused: Styx does not run services yet.',
    '3:3 Unknown key `redinessprobe` in `service`. Did you mean `readiness_probe`? → readiness_probe',
  ],
  ['- a\n- b\n', '1:1 A task is made of keys and values, as `run: echo hello`; this is a list.'],
  ['just text\n', '1:1 A task is made of keys and values, as `run: echo hello`; this is only text.'],
  [
    'run:echo hi\n',
    '1:1 A task is made of keys and values, as `run: echo hello`; this is only text. A space is missing behind the colon. → run: echo hi',
  ],
  ['name:x\nrun: y\n', '1:1 There is no colon with a space behind the key. → name: x'],
  ['name: x\nrun echo\n', '2:1 A key must be followed by a colon and a value. → run: echo'],
  ['name: a\n\trun: x\n', '2:1 This line begins with a tab; YAML wants spaces. →   '],
  [
    'resources:\n\tcpus: 8\n\tmemory: 1\nrun: x\n',
    '2:1 This line begins with a tab; YAML wants spaces. →   ',
    '3:1 This line begins with a tab; YAML wants spaces. →   ',
  ],
  ['run: "echo\nname: x\n', '1:6 The " here is not closed.'],
  ['run: [a\nname: x\n', '1:6 The [ here is not closed.'],
  [
    'run: echo: hi\n',
    '1:6 There is a second colon on this line. Put the value in quotes, or write it below, after `|`. → "echo: hi"',
  ],
  [
    'run: a\n  b: c\n',
    '1:6 This line has a value, and the next one is further in as if it had none. Write a longer text below, after `|`.',
  ],
  ['run: @x\n', '1:6 A value cannot begin with @. Put it in quotes. → "@x"'],
  ['run: `date`\n', '1:6 A value cannot begin with `. Put it in quotes. → "`date`"'],
  ['run: %x\n', '1:6 A value cannot begin with %. Put it in quotes. → "%x"'],
  ['run: "\\d"\n', '1:7 `\\d` means nothing inside double quotes. Use single quotes, or double the backslash. → \\\\d'],
  ['run: !foo x\n', '1:6 `!foo` is a tag of YAML, which tasks do not have. Delete it, or put the value in quotes.'],
  [
    'run: *glob\n',
    '1:6 Nothing above is called `&glob`, so `*glob` stands for nothing. A value that begins with * is an alias in YAML: put it in quotes if it is text. → "*glob"',
  ],
  ["run: 'it's'\n", "1:10 Inside single quotes a ' must be doubled. Use double quotes around the text."],
  ['run: - a\n', '1:6 A list begins on the line below its key.'],
  ['run: |x\n  a\n', '1:7 Behind `|` the text begins on the next line.'],
  [
    'envs:\n  A: 1\n B: 2\nrun: x\n',
    '3:2 This line does not begin in the column of the lines it belongs to. Keys of one map begin in one column.',
  ],
  ['{a: b', '1:1 The { here is not closed.'],
  ['name: x\n', '1:1 There is nothing to run in this task. Add `run:` with the commands.'],
  ['envs: {A: 1}\nrun: &a [x,x,x,x,x,x,x,x,x]\n', '2:9 `run` must be text; this is a list.'],
  ['%YAML 9.9\n---\nrun: x\n', '1:7 Lines that begin with % are for YAML itself, which tasks do not need. Delete the line.'],
  ['name: p\nexecution: parallel\n---\nrun: x\n', '2:1 `execution` is refused: Styx runs one task of a file at a time.'],
  ['? [a]\n: b\nrun: x\n', '1:3 A key must be plain text.'],
  [': x\nrun: y\n', '1:1 There is no key before this colon.'],
  [
    '\ufeffrun: x\r\nname: y z\r\n',
    '2:7 `y z` cannot be the name of a task. Letters, digits, and single - _ . between them. → y-z',
  ],
  ['<<: 5\nrun: x\n', '1:5 `<<` takes in a map, and this is none.'],
  ['x: &b {cpus: 1}\nresources: {<<: *b, memory: 2}\nrun: x\n', '1:1 Unknown key `x` in a task.'],
  ['null: x\nrun: x\n', '1:1 Unknown key `null` in a task.'],
  ['~: x\nrun: x\n', '1:1 Unknown key `~` in a task.'],
  ['workdir: ~\nrun: x\n', '1:10 `~` alone means nothing in YAML. Put it in quotes. → "~"'],
  ['setup: null\nrun: x\n', '1:1 `setup` has no value. Write text, or delete the line.'],
]

test.each(wrong)('%j', (yaml, ...said) => {
  const { problems } = parseTasks(yaml)
  const words = problems.map(({ line, column, message, suggestion, fix }) =>
    [`${line}:${column} ${message}`, suggestion, fix === null ? '' : `→ ${fix}`].filter(Boolean).join(' '),
  )
  expect(words).toEqual(said)
})

test.each(wrong)('a fix of %j takes its own problem away', (yaml) => {
  const { problems } = parseTasks(yaml)
  for (const { from, to, fix, message } of problems) {
    if (fix === null) continue
    const mended = parseTasks(yaml.slice(0, from) + fix + yaml.slice(to))
    expect(mended.problems.filter((problem) => problem.message === message && problem.from === from)).toEqual([])
  }
})
