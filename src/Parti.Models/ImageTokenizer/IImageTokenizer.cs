using Parti.Models.Checkpoints;
using static TorchSharp.torch;

namespace Parti.Models.ImageTokenizer;

/// <summary>A network that turns pictures into tokens and back, whatever it is made of. Pixels are 0 to 1.</summary>
public interface IImageTokenizer : IDisposable
{
    /// <summary>Sizes.</summary>
    ImageTokenizerArchitecture Architecture { get; }

    /// <summary>Image tokens of pictures.</summary>
    /// <param name="pictures"><c>[B, 3, H, W]</c>, 0 to 1.</param>
    /// <returns><c>[B, N]</c>, int64, raster order.</returns>
    /// <exception cref="NotSupportedException">The weights hold a decoder only.</exception>
    Tensor Encode(Tensor pictures);

    /// <summary>Pictures of image tokens.</summary>
    /// <param name="tokens"><c>[B, N]</c>, int64, 0 to the codebook size.</param>
    /// <returns><c>[B, 3, H, W]</c>, 0 to 1.</returns>
    Tensor Decode(Tensor tokens);
}
