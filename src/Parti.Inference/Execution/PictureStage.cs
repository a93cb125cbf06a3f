using System.Runtime.InteropServices;
using Parti.Models.Layers;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>Turns tokens into pictures and enlarges pictures, one at a time, so that a picture's pixels depend on nothing but its tokens.</summary>
sealed class PictureStage(ModelDescription description, IModelNetworks networks)
{
    long[]? _neutral;

    /// <summary>Decodes tokens, see <see cref="IModelRunner.Detokenize"/>.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_tokens</c>: too many, none, or one out of range.</exception>
    public Picture Detokenize(IReadOnlyList<int> tokens)
    {
        Require(tokens.Count <= networks.ImageTokens, $"There are {tokens.Count} tokens; an image of this model has {networks.ImageTokens}.");
        long[] ids = tokens.Count < networks.ImageTokens ? [.. Neutral()] : new long[networks.ImageTokens];
        for (int i = 0; i < tokens.Count; i++)
        {
            Require(tokens[i] >= 0 && tokens[i] < networks.Vocabulary, $"Token {i} is {tokens[i]}; tokens of this model are 0 to {networks.Vocabulary - 1}.");
            ids[i] = tokens[i];
        }
        using DisposeScope scope = torch.NewDisposeScope();
        return PictureTensors.ToPicture(networks.DecodePicture(torch.tensor(ids, [1, ids.Length], device: networks.Device)));
    }

    /// <summary>Enlarges a picture, see <see cref="IModelRunner.Upscale"/>.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_size</c>: the picture or the size asked for is not the model's.</exception>
    public Picture Upscale(Picture picture, int size)
    {
        int native = description.NativeSize;
        if (picture.Width != native || picture.Height != native || !description.Sizes.Contains(size))
        {
            throw new EngineRequestException(
                "invalid_size",
                $"A {picture.Width}x{picture.Height} picture cannot be made {size} wide; model {description.Name} makes {string.Join(", ", description.Sizes)} from {native}.");
        }
        if (size == native)
        {
            return picture;
        }
        using DisposeScope scope = torch.NewDisposeScope();
        return PictureTensors.ToPicture(networks.Upscale(PictureTensors.ToTensor(picture, networks.Device)));
    }

    /// <summary>Image tokens of a picture, see <see cref="IModelRunner.EncodePicture"/>.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_size</c>: the picture is not of the native size.</exception>
    public int[] Tokenize(Picture picture)
    {
        int native = description.NativeSize;
        if (picture.Width != native || picture.Height != native)
        {
            throw new EngineRequestException(
                "invalid_size", $"A {picture.Width}x{picture.Height} picture cannot become image tokens; model {description.Name} reads {native}x{native}.");
        }
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. ToIds(networks.EncodePicture(PictureTensors.ToTensor(picture, networks.Device))).Select(id => (int)id)];
    }

    // The tokens of a grey picture stand for those not sampled yet.
    long[] Neutral()
    {
        if (_neutral is null)
        {
            int size = description.NativeSize;
            using DisposeScope scope = torch.NewDisposeScope();
            _neutral = ToIds(networks.NeutralTokens() ?? networks.EncodePicture(torch.full([1, 3, size, size], Scalars.Of(0.5), device: networks.Device)));
        }
        return _neutral;
    }

    static long[] ToIds(torch.Tensor tokens) => MemoryMarshal.Cast<byte, long>(tokens.cpu().contiguous().bytes).ToArray();

    static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new EngineRequestException("invalid_tokens", message);
        }
    }
}
