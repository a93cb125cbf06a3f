using Parti.Models.Text;
using Parti.Training.Data;

namespace Parti.Training.Trainers;

/// <summary>What one batch of next-token training needs, prepared while the step before runs.</summary>
/// <param name="Phase">Phase of its step.</param>
/// <param name="Random">Random numbers of what else is drawn for it.</param>
/// <param name="Texts">Text tokens of each caption, B; end-of-sequence alone where the caption was dropped for guidance.</param>
/// <param name="CutTokens">Text tokens cut off because captions were too long.</param>
/// <param name="Keys">Which of the different examples each one is, B.</param>
/// <param name="Tokens">Image tokens of the examples whose tokens are known, B; null for the others.</param>
/// <param name="Pixels"><c>[S, S, 3]</c> of the others, B; null for those known.</param>
sealed record TransformerBatch(TransformerPhase Phase, Random Random, int[][] Texts, int CutTokens, long[] Keys, int[]?[] Tokens, byte[]?[] Pixels);

/// <summary>Prepares batches; each is a function of its number alone, whatever thread asks.</summary>
/// <param name="examples">Stream of a phase.</param>
/// <param name="text">Text tokenizer.</param>
/// <param name="settings">Batch size, phases, share of dropped captions.</param>
/// <param name="imageSize">S, edge of the pictures in pixels.</param>
/// <param name="maxTextTokens">Most text tokens of a caption.</param>
/// <param name="known">Image tokens of a key, null where they are not known yet.</param>
sealed class TransformerBatches(
    Func<TransformerPhase, IExamples> examples, TextTokenizer text, TransformerTaskSettings settings, int imageSize, int maxTextTokens, Func<long, int[]?> known)
{
    /// <summary>The batch of a number.</summary>
    /// <param name="batch">From 0; part of a step where a step has several.</param>
    /// <param name="parts">Batches a step.</param>
    public TransformerBatch At(long batch, int parts)
    {
        var phase = TransformerPhase.At(settings.Phases, batch / parts);
        IExamples stream = examples(phase);
        int size = phase.TextAlone ? 2 * settings.Batch : settings.Batch;
        var random = new Random(unchecked((int)(batch * 2654435761)));
        var result = new TransformerBatch(phase, random, new int[size][], 0, new long[size], new int[size][], new byte[size][]);
        int cut = 0;
        for (int i = 0; i < size; i++)
        {
            string caption = Picture(stream, batch * size + i, result, i);
            bool dropped = !phase.TextAlone && random.NextDouble() < settings.DroppedText;
            TextTokens tokens = text.Encode(dropped ? "" : caption, maxTextTokens);
            result.Texts[i] = phase.HiddenWords > 0 ? Hide(tokens.Ids, phase.HiddenWords, random) : tokens.Ids;
            cut += tokens.Dropped;
        }
        return result with { CutTokens = cut };
    }

    // The end of the text is never hidden.
    int[] Hide(int[] ids, double share, Random random) => [.. ids.Select((id, i) => i < ids.Length - 1 && random.NextDouble() < share ? text.UnkId : id)];

    // The caption of a place, whose picture goes to a row unless its tokens are known.
    string Picture(IExamples stream, long index, TransformerBatch result, int row)
    {
        if (stream.Distinct is not null && known(stream.Key(index)) is { } tokens)
        {
            result.Tokens[row] = tokens;
            return stream.CaptionAt(index);
        }
        Example example = stream.At(index, imageSize);
        (result.Keys[row], result.Pixels[row]) = (example.Key, example.Pixels);
        return example.Caption;
    }
}
