import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { StyxError } from '../shared/error.ts'
import type { WebOptions } from './hosts/web-server.ts'

export const USAGE = `Serves Styx to a browser on this machine.

  npm run serve -- [options]

  --port N         the port; without it 7433, or a free one when that is taken
  --host ADDRESS   listen on another address than 127.0.0.1; needs the next two
  --tls-cert FILE  the certificate chain, PEM
  --tls-key FILE   its key, PEM
  --name NAME      another name (NAME or NAME:PORT) that the browser may use, e.g. a tunnel's; may be given again
  --no-open        do not open a browser
  --help           this text`

export const DEFAULT_PORT = 7433

export type ServeOptions = Omit<WebOptions, 'pages'> & { open: boolean }

/**
 * The command line of the web host; null: it asks for help.
 * @throws StyxError `serve.option`
 */
export async function readServeOptions(args: string[]): Promise<ServeOptions | null> {
  const { values } = parse(args)
  if (values.help) return null
  const port = values.port === undefined ? DEFAULT_PORT : Number(values.port)
  if (values.port !== undefined && (!/^\d+$/.test(values.port) || port > 65_535))
    throw wrong(`--port ${values.port} is not a port`, 'Give a number from 0 (any free one) to 65535.')
  const cert = values['tls-cert']
  const key = values['tls-key']
  if ((cert === undefined) !== (key === undefined))
    throw wrong('A certificate and its key belong together', 'Give both --tls-cert FILE and --tls-key FILE.')
  return {
    port,
    elsewhere: values.port === undefined,
    host: values.host ?? '127.0.0.1',
    tls:
      cert !== undefined && key !== undefined
        ? { cert: await readPem('--tls-cert', cert), key: await readPem('--tls-key', key) }
        : null,
    names: values.name ?? [],
    open: !values['no-open'],
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        name: { type: 'string', multiple: true },
        'no-open': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw wrong((error as Error).message.split('. ')[0]!, 'See npm run serve -- --help.')
  }
}

async function readPem(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw wrong(`${option} ${file} cannot be read`, (error as Error).message)
  }
}

const wrong = (what: string, suggestion: string) => new StyxError({ code: 'serve.option', what, suggestion })
