using Parti.Models.Quantisation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Families.Llama;

/// <summary>
/// A decoder-only image model: the last input of the prefix predicts the first image token, every image token the next.
/// Legend: B rows, P inputs of the prefix, S image tokens, D width, V codebook size.
/// </summary>
/// <param name="name">Name of the module.</param>
public abstract class PrefixDecoder(string name) : nn.Module(name)
{
    /// <summary>Layers and their norm.</summary>
    public abstract LlamaTrunk Trunk { get; }

    /// <summary>Inputs of the trunk for image tokens.</summary>
    /// <param name="tokens">Token ids, any shape, int64.</param>
    /// <returns><c>[…, D]</c>.</returns>
    public abstract Tensor EmbedImage(Tensor tokens);

    /// <summary>Logits of normalised states.</summary>
    /// <param name="states"><c>[…, D]</c>.</param>
    /// <returns><c>[…, V]</c>, float32.</returns>
    public abstract Tensor Logits(Tensor states);

    /// <summary>Prefix that takes the place of a prompt's in guidance, where no negative prompt is given.</summary>
    /// <param name="length">Inputs of the prompt's own prefix, at least 1.</param>
    /// <returns><c>[1, P, D]</c>.</returns>
    public abstract Tensor Unconditional(int length);

    /// <summary>
    /// Gives every matrix of layers and head what int8 leaves of it, for decoding in float32 on the plain path; tables and norms stay.
    /// </summary>
    public void QuantiseDecoder()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in DecoderParameters().Where(pair => pair.Parameter.dim() == 2 && !IsTable(pair.Name)))
        {
            Tensor matrix = parameter.cpu().contiguous();
            Int8Blocks.RoundTrip(matrix);
            parameter.copy_(matrix);
        }
    }

    /// <summary>Weights that decode steps read; the others turn texts into prefixes.</summary>
    /// <returns>Names and parameters.</returns>
    public IEnumerable<(string Name, Parameter Parameter)> DecoderParameters() => named_parameters()
        .Where(pair => pair.name.StartsWith("trunk.", StringComparison.Ordinal) || pair.name.StartsWith("head.", StringComparison.Ordinal) || IsTable(pair.name))
        .Select(pair => (pair.name, pair.parameter));

    /// <summary>Logits of every position at once.</summary>
    /// <param name="prefix">Inputs before the image <c>[B, P, D]</c>.</param>
    /// <param name="tokens">Image tokens <c>[B, S]</c>, int64; the logits of position p have seen tokens before p only.</param>
    /// <returns><c>[B, S, V]</c>.</returns>
    public Tensor Decode(Tensor prefix, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        long count = tokens.shape[1], length = prefix.shape[1];
        Tensor inputs = cat([prefix, EmbedImage(tokens.narrow(1, 0, count - 1))], 1);
        Tensor states = Trunk.Forward(inputs, (int)length);
        return Logits(states.narrow(1, length - 1, count)).MoveToOuterDisposeScope();
    }

    // Image tokens and what turns them into inputs: a table of the kernels.
    private static bool IsTable(string name) =>
        name.StartsWith("image_embedding.", StringComparison.Ordinal) || name.StartsWith("aligner.", StringComparison.Ordinal);
}
