using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>Greedy pictures that a fixture asks for.</summary>
/// <param name="Name">Name of the golden tensor.</param>
/// <param name="Scale">Guidance scale of each position.</param>
public sealed record GreedyPictures(string Name, Func<int, double> Scale);

/// <summary>What a fixture of a decoder-only family gives to a way of computing it: weights, prompts and what to draw.</summary>
/// <param name="model">The model; owned from now on.</param>
/// <param name="prompts">Prefix of each picture, <c>[1, P, D]</c>.</param>
/// <param name="others">Prefix that guides away from, beside each.</param>
/// <param name="forced">Name of the golden logits of given tokens.</param>
/// <param name="takesTurns">Whether rows of those logits take turns, prompt and other; else all prompts come first.</param>
/// <param name="greedy">Pictures of the likeliest tokens.</param>
public sealed class PrefixFixture(
    PrefixDecoder model, IReadOnlyList<Tensor> prompts, IReadOnlyList<Tensor> others, string forced, bool takesTurns, IReadOnlyList<GreedyPictures> greedy) : IDisposable
{
    /// <summary>Name of the golden tokens that <see cref="Forced"/> is for.</summary>
    public const string ForcedTokens = "forced.image_tokens";

    /// <summary>The model.</summary>
    public PrefixDecoder Model => model;

    /// <summary>Prefix of each picture, <c>[1, P, D]</c>.</summary>
    public IReadOnlyList<Tensor> Prompts => prompts;

    /// <summary>Prefix that guides away from, beside each.</summary>
    public IReadOnlyList<Tensor> Others => others;

    /// <summary>Name of the golden logits of given tokens.</summary>
    public string Forced => forced;

    /// <summary>Pictures of the likeliest tokens.</summary>
    public IReadOnlyList<GreedyPictures> Greedy => greedy;

    /// <summary>Logits in the order of rows of the golden tensor.</summary>
    /// <param name="conditional"><c>[B, N, V]</c>.</param>
    /// <param name="unconditional"><c>[B, N, V]</c>.</param>
    /// <returns><c>[2 B, N, V]</c>.</returns>
    public Tensor Arrange(Tensor conditional, Tensor unconditional) =>
        takesTurns ? stack([conditional, unconditional], 1).flatten(0, 1) : cat([conditional, unconditional], 0);

    /// <inheritdoc />
    public void Dispose() => model.Dispose();
}
