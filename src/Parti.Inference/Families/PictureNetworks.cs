using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.SuperResolution;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>What a model does with pictures, the same in every family: image tokenizer and, where it has one, upsampler.</summary>
internal sealed class PictureNetworks : IDisposable
{
    private readonly IImageTokenizer _tokenizer;
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor>? _upsampler;
    private readonly torch.Device _device;

    /// <summary>Takes networks.</summary>
    /// <param name="tokenizer">Image tokenizer; owned from now on.</param>
    /// <param name="upsampler">Upsampler, or null; owned from now on.</param>
    /// <param name="device">Where the weights are.</param>
    public PictureNetworks(IImageTokenizer tokenizer, torch.nn.Module<torch.Tensor, torch.Tensor>? upsampler, torch.Device device)
    {
        (_tokenizer, _upsampler, _device) = (tokenizer, upsampler, device);
        foreach (torch.nn.Module module in new torch.nn.Module?[] { (torch.nn.Module)tokenizer, upsampler }.OfType<torch.nn.Module>())
        {
            module.eval();
            foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
            {
                parameter.requires_grad = false;
            }
        }
    }

    private bool CanEncode => _tokenizer.Architecture.Convolutions?.HasEncoder ?? true;

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory.</param>
    /// <param name="device">Where the weights go.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; names it.</exception>
    public static PictureNetworks Load(ModelDirectory directory, torch.Device device)
    {
        ModelManifest manifest = directory.Manifest;
        using SafeTensorsReader images = directory.OpenWeights(manifest.Weights.ImageTokenizer);
        IImageTokenizer tokenizer = ImageTokenizers.Load(manifest.Architecture.ImageTokenizer, images, device);
        if (manifest.Architecture.Upsampler is not { } sizes || manifest.Weights.Upsampler is not { } file)
        {
            return new(tokenizer, null, device);
        }

        torch.nn.Module<torch.Tensor, torch.Tensor> upsampler = Upsamplers.Create(sizes, device);
        using SafeTensorsReader weights = directory.OpenWeights(file);
        ModuleCheckpoint.Load(upsampler, weights);
        return new(tokenizer, upsampler, device);
    }

    /// <inheritdoc cref="Execution.IModelNetworks.DecodePicture"/>
    public torch.Tensor Decode(torch.Tensor tokens) => _tokenizer.Decode(tokens);

    /// <inheritdoc cref="Execution.IModelNetworks.EncodePicture"/>
    /// <exception cref="EngineRequestException"><c>unsupported</c>: the weights were published without the encoder.</exception>
    public torch.Tensor Encode(torch.Tensor picture) => CanEncode
        ? _tokenizer.Encode(picture)
        : throw new EngineRequestException("unsupported", "This model was published without the encoder of its image tokenizer: it makes pictures and cannot read them.");

    /// <inheritdoc cref="Execution.IModelNetworks.NeutralTokens"/>
    /// <remarks>Without an encoder the code nearest to the mean of all stands for what is not sampled yet.</remarks>
    public torch.Tensor? NeutralTokens()
    {
        if (CanEncode || _tokenizer is not VqGan images)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        ImageTokenizerArchitecture sizes = images.Architecture;
        int side = sizes.ImageSize / sizes.PatchSize;
        torch.Tensor codes = images.Codes(TensorMath.Range(sizes.CodebookSize, _device).unsqueeze(0), 1, sizes.CodebookSize).squeeze(2);
        torch.Tensor nearest = codes.sub(codes.mean([2], keepdim: true)).Squared().sum([1L]).argmin(1);
        return nearest.expand(1, side * side).clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Execution.IModelNetworks.Upscale"/>
    public torch.Tensor Upscale(torch.Tensor picture)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _upsampler!.forward(picture).clamp(Scalars.Of(0), Scalars.Of(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _tokenizer.Dispose();
        _upsampler?.Dispose();
    }
}
