using Parti.Models.Text;

namespace Parti.Inference;

/// <summary>A finished image whose attention is asked for.</summary>
/// <param name="Model">Model name.</param>
/// <param name="Prompt">The prompt that it was made of.</param>
/// <param name="Tokens">All image tokens, raster order.</param>
public sealed record AttentionRequest(string Model, string Prompt, IReadOnlyList<int> Tokens);

/// <summary>
/// Where the prompt drew attention when an image was made: the weights of cross-attention with which the decoder chose each image token, as means over
/// all layers and heads (after DAAM, Tang et al. 2022, which averages a diffusion model's in the same way).
/// </summary>
/// <param name="Side">Columns and rows of the grid of image tokens.</param>
/// <param name="Tokens">Text tokens, T.</param>
/// <param name="Weights"><c>[Side · Side, T]</c>, row-major; those of an image token add up to 1.</param>
/// <param name="Words">Words that the model reads, in order.</param>
public sealed record AttentionMap(int Side, int Tokens, float[] Weights, IReadOnlyList<TextWord> Words)
{
    /// <summary>Words that can be asked for, each once.</summary>
    public IReadOnlyList<string> Vocabulary => [.. Words.Select(word => word.Text).DistinctBy(Plain)];

    /// <summary>The map of one word: the mean over its tokens, in all places where it stands.</summary>
    /// <param name="word">A word, in any case.</param>
    /// <returns><c>[Side · Side]</c>, row-major, 0 to 1; null where the prompt has no such word.</returns>
    public float[]? Of(string word)
    {
        string plain = Plain(word);
        int[] tokens = [.. Words.Where(own => Plain(own.Text) == plain).SelectMany(own => Enumerable.Range(own.First, own.Count))];
        if (tokens.Length == 0)
        {
            return null;
        }
        float[] map = new float[Side * Side];
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = tokens.Sum(token => Weights[i * Tokens + token]) / tokens.Length;
        }
        return map;
    }

    static string Plain(string word) => TextWord.Core(TextNormalizer.Normalize(word, lowerCase: true));
}
