using Parti.Models.Quantisation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Parti.Models.Transformer;

/// <content>What changes weights as a whole.</content>
public sealed partial class PartiTransformer
{
    /// <summary>
    /// Gives the memory of the decoder's weights back, for who has copied them; only the text can be encoded from then on.
    /// </summary>
    public void ReleaseDecoder()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (!name.StartsWith("encoder", StringComparison.Ordinal) && !name.StartsWith("text_", StringComparison.Ordinal))
            {
                parameter.set_(empty(0));
            }
        }
    }

    /// <summary>Replaces the decoder's matrices by what int8 leaves of them (<see cref="Int8Blocks"/>). A second call changes nothing that counts.</summary>
    public void QuantiseDecoder()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (parameter.dim() == 2 && (name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("head.", StringComparison.Ordinal)))
            {
                Tensor matrix = parameter.cpu().contiguous();
                Int8Blocks.RoundTrip(matrix);
                parameter.copy_(matrix);
            }
        }
    }

    /// <summary>Writes tables into the network's own, so that it is the same network without them.</summary>
    /// <param name="tables">Of this network's sizes.</param>
    public void Adopt(ImageTables tables)
    {
        using IDisposable noGrad = no_grad();
        image_embedding.weight!.copy_(tables.Inputs);
        head.get_parameter("weight")!.copy_(tables.Outputs);
    }

    /// <summary>Whether a parameter is one of those that <see cref="Tables"/> stand in for.</summary>
    /// <param name="parameter">Its name.</param>
    public static bool IsTable(string parameter) => parameter is "image_embedding.weight" or "head.weight";
}
