import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UNSETTLING, WELL_KNOWN, wellKnownDirection } from '../../../../src/domain/metrics/well-known.ts'

describe('directions by name', () => {
  it.each([
    ...['accuracy', 'val_acc', 'test/f1', 'eval-rouge', 'mAP@0.5', 'top1', 'hits@10', 'roc_auc', 'r2_score'],
    ...['mean_iou', 'Accuracy', 'f1 macro', 'bleu', 'psnr', 'ssim', 'episode_reward', 'ndcg.10', 'AUROC'],
  ])('%s up', (name) => expect(wellKnownDirection(name)).toBe('max'))

  it.each([
    ...[
      'loss',
      'val_loss',
      'train.loss',
      'error_rate',
      'topk_error',
      'rmse',
      'perplexity',
      'cross_entropy',
      'log_loss',
    ],
    ...['test/wer', 'cer', 'fid', 'nll', 'latency_ms', 'MAE', 'eval/loss'],
  ])('%s down', (name) => expect(wellKnownDirection(name)).toBe('min'))

  it.each([
    ...[
      'lr',
      'epoch',
      'step',
      'time',
      'foo',
      '',
      'glossary',
      'mapping',
      'accurate',
      'accuracy_loss',
      'top1_error',
    ],
    ...[
      'neg_mean_squared_error',
      'neg_log_loss',
      'accuracy_std',
      'loss_scale',
      'loss_weight',
      'score_threshold',
    ],
  ])('%s unknown', (name) => expect(wellKnownDirection(name)).toBeUndefined())

  it('lists no word twice, nor in capitals', () => {
    const words = [...WELL_KNOWN.max, ...WELL_KNOWN.min, ...UNSETTLING]
    expect(new Set(words).size).toBe(words.length)
    expect(words.filter((word) => !/^[a-z0-9]+$/.test(word))).toEqual([])
  })

  it('decides by each listed word, wherever it stands, and by no two that disagree', () => {
    const [up, down] = [fc.constantFrom(...WELL_KNOWN.max), fc.constantFrom(...WELL_KNOWN.min)]
    const separator = fc.constantFrom('/', '_', '-', '.')
    const decides = fc.property(up, down, separator, (max, min, between) => {
      expect(wellKnownDirection(`val${between}${max}`)).toBe('max')
      expect(wellKnownDirection(`${min}${between}val`.toUpperCase())).toBe('min')
      expect(wellKnownDirection(`${max}${between}${min}`)).toBeUndefined()
    })
    fc.assert(decides)
  })

  it('takes any name', () => {
    fc.assert(fc.property(fc.string(), (name) => void wellKnownDirection(name)))
  })
})
