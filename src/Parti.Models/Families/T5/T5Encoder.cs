using Parti.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.T5;

/// <summary>
/// Text encoder of T5 1.1 and FLAN-T5 (Raffel et al. 2020): no absolute positions, one table of distances that every layer shares.
/// Legend: B rows, T tokens, D width, H heads.
/// </summary>
public sealed class T5Encoder : nn.Module
{
    private readonly Embedding embedding, distances;
    private readonly ModuleList<T5Layer> layers;
    private readonly RmsNorm norm;

    /// <summary>Allocates an encoder with random weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="device">Where the weights are; meta allocates nothing.</param>
    public T5Encoder(T5Architecture architecture, Device? device = null)
        : base(nameof(T5Encoder))
    {
        Architecture = architecture;
        embedding = nn.Embedding(architecture.Vocabulary, architecture.Width, device: device);
        distances = nn.Embedding(architecture.DistanceBuckets, architecture.Heads, device: device);
        layers = nn.ModuleList([.. Enumerable.Range(0, architecture.Layers).Select(_ => new T5Layer(architecture, device))]);
        norm = new(architecture.Width, architecture.Epsilon, device);
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public T5Architecture Architecture { get; }

    /// <summary>Text states.</summary>
    /// <param name="ids">Token ids <c>[B, T]</c>, int64.</param>
    /// <param name="mask">True where a token is real <c>[B, T]</c>.</param>
    /// <returns><c>[B, T, D]</c>, zero where padded.</returns>
    public Tensor Encode(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        return HiddenStates(ids, mask)[^1].mul(mask.unsqueeze(2)).MoveToOuterDisposeScope();
    }

    /// <summary>What every layer starts with, and after them the normalised end; padded rows hold numbers without a meaning.</summary>
    /// <inheritdoc cref="Encode" path="/param"/>
    /// <returns>One more than layers, each <c>[B, T, D]</c>.</returns>
    public IReadOnlyList<Tensor> HiddenStates(Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor bias = AttentionMasks.Keys(mask).Plus(DistanceBias(ids.shape[1]));
        List<Tensor> states = [embedding.forward(ids)];
        foreach (T5Layer layer in layers)
        {
            states.Add(layer.Forward(states[^1], bias));
        }
        states[^1] = norm.forward(states[^1]);
        return [.. states.Select(state => state.MoveToOuterDisposeScope())];
    }

    /// <summary>What the distance adds to scores.</summary>
    /// <param name="length">T.</param>
    /// <returns><c>[1, H, T, T]</c>, row = query, column = key.</returns>
    public Tensor DistanceBias(long length)
    {
        long[] buckets = new long[length * length];
        for (int query = 0; query < length; query++)
        {
            for (int key = 0; key < length; key++)
            {
                buckets[query * length + key] = T5Distances.Bucket(key - query, Architecture.DistanceBuckets, Architecture.FarthestDistance);
            }
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor table = distances.forward(tensor(buckets, [length, length], device: distances.weight!.device));
        return table.permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
