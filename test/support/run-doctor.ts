import { doctor } from '../../src/cli/doctor.ts'
import { readConfig } from '../../src/config.ts'

/** What the doctor says of one platform: each line, with what to do about it. */
export async function runDoctor(
  platform: 'Slack' | 'Discord',
  env: Record<string, string>,
): Promise<{ code: number; lines: string[] }> {
  const out: string[] = []
  const config = () => readConfig(env, '/tmp')
  const code = await doctor.run({ args: [], config, out: (line) => void out.push(line), error: () => {} })
  const text = out.join('\n').replaceAll(/\n +-> /g, ' -> ')
  return { code, lines: text.split('\n').filter((line) => line.includes(` ${platform} `)) }
}
