import { join } from 'node:path'
import { openDatabase } from '../storage/database.ts'
import { terminalRecords } from '../storage/terminal-records.ts'
import { createConnections } from '../transports/connections.ts'
import { createTerminals } from './terminals.ts'

// An engine's terminals alone, for killed.test.ts: opens a shell, runs a line in it, says on stdout what it printed, and lives on.
const [folder, line] = process.argv.slice(2) as [string, string]
const connections = createConnections()
const transport = connections.transport({ via: 'local' })
const terminals = createTerminals({
  folder: join(folder, 'terminals'),
  records: terminalRecords(openDatabase(folder).database),
  transport: () => ({ ...transport, shell: async () => ['sh'] }),
})
const on = { placeId: 'p', clusterId: null, nodeId: null, title: 'here', endpoint: { via: 'local' as const } }
const { id } = await terminals.open(on, { cols: 80, rows: 24 })
const reader = await terminals.reader(id, null)
const next = () => reader.next(1 << 16, new AbortController().signal)
let chunk = await next() // its prompt: what is typed before that stands above it
reader.write?.(Buffer.from(`${line}\n`))
for (; chunk; chunk = await next()) process.stdout.write(chunk.bytes)
