import type { Direction } from '../../db/tables.ts'

/** Words in a metric's name that imply a direction. Words that can mean both are left out on purpose. */
export const WELL_KNOWN: Record<Direction, readonly string[]> = {
  max: [
    ...[
      'accuracy',
      'acc',
      'top1',
      'top5',
      'f1',
      'fbeta',
      'precision',
      'recall',
      'sensitivity',
      'specificity',
    ],
    ...[
      'auc',
      'auroc',
      'auprc',
      'rocauc',
      'prauc',
      'roc',
      'ap',
      'map',
      'map50',
      'map5095',
      'mrr',
      'ndcg',
      'hits',
    ],
    ...[
      'r2',
      'mcc',
      'kappa',
      'iou',
      'miou',
      'dice',
      'jaccard',
      'bleu',
      'sacrebleu',
      'rouge',
      'rouge1',
      'rouge2',
    ],
    ...['rougel', 'meteor', 'bertscore', 'psnr', 'ssim', 'reward', 'return', 'score', 'throughput'],
  ],
  min: [
    ...[
      'loss',
      'nll',
      'logloss',
      'crossentropy',
      'xent',
      'error',
      'err',
      'mse',
      'rmse',
      'mae',
      'mape',
      'smape',
    ],
    ...[
      'rmsle',
      'msle',
      'perplexity',
      'ppl',
      'bpc',
      'wer',
      'cer',
      'ter',
      'eer',
      'fid',
      'kid',
      'lpips',
      'brier',
    ],
    ...['ece', 'regret', 'latency', 'divergence', 'kl'],
  ],
}

/** Words that cancel a known word: `neg_mean_squared_error` rises, `accuracy_std` and `loss_scale` do neither. */
export const UNSETTLING = [
  'neg',
  'negative',
  'std',
  'stddev',
  'stderr',
  'weight',
  'scale',
  'threshold',
] as const

const UP = new Set(WELL_KNOWN.max)
const DOWN = new Set(WELL_KNOWN.min)

/**
 * The direction that a metric's name implies: 'val_acc' up, 'train.loss' down. Undefined when no word is known, when
 * two words disagree ('accuracy_loss'), or when a further word cancels them ('neg_log_loss').
 */
export function wellKnownDirection(name: string): Direction | undefined {
  const words = name.toLowerCase().split(/[\s/_.\-:@]+/)
  if (UNSETTLING.some((word) => words.includes(word))) return undefined
  const pairs = words.slice(1).map((word, index) => `${words[index]}${word}`)
  const known = [...words, ...pairs]
  const up = known.some((word) => UP.has(word))
  const down = known.some((word) => DOWN.has(word))
  if (up === down) return undefined
  return up ? 'max' : 'min'
}
