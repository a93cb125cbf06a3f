using Parti.Abstractions;
using Parti.Inference;
using Parti.Inference.Sampling;

namespace Parti.Grains.Workers;

/// <summary>Which tokens of an edited picture are given and which are drawn again.</summary>
public static class GivenTokens
{
    // Domain 0 of the seed draws the tokens.
    private const uint EditDomain = 1;

    /// <summary>
    /// The source's tokens. Without a mask a share of them is opened: those whose random number, a function of seed, image and
    /// position, is below the strength.
    /// </summary>
    /// <param name="tokens">Tokens of the source, <see cref="SampleRequest.Open"/> under its mask; null where nothing is edited.</param>
    /// <param name="source">How it is edited.</param>
    /// <param name="seed">The job's seed.</param>
    /// <param name="image">Image index.</param>
    /// <returns>One per image token, or empty where nothing is edited.</returns>
    public static IReadOnlyList<int> Of(int[]? tokens, SourcePicture? source, ulong seed, int image)
    {
        if (tokens is null || source is null)
        {
            return [];
        }

        return source.Masked
            ? tokens
            : [.. tokens.Select((token, position) => Number(seed, image, position) < source.Strength ? SampleRequest.Open : token)];
    }

    private static double Number(ulong seed, int image, int position) =>
        Philox4x32.Generate(seed, new(0, (uint)position, (uint)image, EditDomain)).X0 / 4294967296.0;
}
