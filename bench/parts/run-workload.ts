import { createRandom } from '../harness/random.ts'

export interface RunMade {
  project: string
  name: string
  params: Record<string, string | number>
  accuracy: number
}

const OPTIMIZERS = ['adam', 'adamw', 'sgd', 'lion']

/** As a sweep sends them. Values rise slowly under noise, so that every few hundred runs one beats the record. */
export function someRun(project: string, index: number, seed: number): RunMade {
  const random = createRandom(seed)
  const params = {
    lr: random() / 100,
    batch_size: 2 ** (4 + Math.floor(random() * 6)),
    layers: 1 + Math.floor(random() * 48),
    optimizer: OPTIMIZERS[Math.floor(random() * OPTIMIZERS.length)] ?? 'adam',
    dropout: random() / 2,
  }
  return { project, name: `trial-${index}`, params, accuracy: 0.5 + random() / 4 + index / 100_000 }
}

export function bodyOf({ project, name, params }: RunMade, more: object = {}): string {
  return JSON.stringify({ project, name, params, ...more })
}
