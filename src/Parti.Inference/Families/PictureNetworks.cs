using Parti.Inference.Execution;
using Parti.Inference.Kernels.Pictures;
using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.Layers;
using Parti.Models.SuperResolution;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>What a model does with pictures, the same in every family: image tokenizer and, where it has one, upsampler.</summary>
internal sealed class PictureNetworks : IDisposable
{
    private readonly IImageTokenizer? _tokenizer;
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor>? _upsampler;
    private readonly torch.Device _device;
    private readonly MapDecoder? _kernels;

    /// <summary>Takes networks.</summary>
    /// <param name="tokenizer">Image tokenizer, or null where none is loaded; owned from now on.</param>
    /// <param name="upsampler">Upsampler, or null; owned from now on.</param>
    /// <param name="device">Where the weights are; on a processor a VQGAN's decoder runs on kernels, and the module's own is gone.</param>
    public PictureNetworks(IImageTokenizer? tokenizer, torch.nn.Module<torch.Tensor, torch.Tensor>? upsampler, torch.Device device)
    {
        (_tokenizer, _upsampler, _device) = (tokenizer, upsampler, device);
        foreach (torch.nn.Module module in new[] { tokenizer as torch.nn.Module, upsampler }.OfType<torch.nn.Module>())
        {
            module.eval();
            foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
            {
                parameter.requires_grad = false;
            }
        }
        _kernels = tokenizer is VqGan images && device.type == DeviceType.CPU ? VqGanKernels.Take(images, torch.get_num_threads()) : null;
    }

    private bool CanEncode => _tokenizer?.Architecture.Convolutions?.HasEncoder ?? true;

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="share">Which of them are loaded.</param>
    /// <exception cref="CheckpointException">A tensor is missing, left over or of another shape; names it.</exception>
    public static PictureNetworks Load(ModelDirectory directory, torch.Device device, ModelShare share)
    {
        ModelManifest manifest = directory.Manifest;
        IImageTokenizer? tokenizer = null;
        if (share.Has(ModelParts.Pictures))
        {
            using SafeTensorsReader images = directory.OpenWeights(manifest.Weights.ImageTokenizer);
            tokenizer = ImageTokenizers.Load(manifest.Architecture.ImageTokenizer, images, device);
        }
        return new(tokenizer, share.Has(ModelParts.Upsampler) ? LoadUpsampler(directory, device) : null, device);
    }

    /// <inheritdoc cref="Execution.IModelNetworks.DecodePicture"/>
    public torch.Tensor Decode(torch.Tensor tokens)
    {
        if (_kernels is null || _tokenizer is not VqGan images)
        {
            return _tokenizer!.Decode(tokens);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return images.Colours(VqGanKernels.Decode(_kernels, images.Latents(tokens))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Execution.IModelNetworks.EncodePicture"/>
    /// <exception cref="EngineRequestException"><c>unsupported</c>: the weights were published without the encoder.</exception>
    public torch.Tensor Encode(torch.Tensor picture) => CanEncode
        ? _tokenizer!.Encode(picture)
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
        _kernels?.Dispose();
        _tokenizer?.Dispose();
        _upsampler?.Dispose();
    }

    private static torch.nn.Module<torch.Tensor, torch.Tensor>? LoadUpsampler(ModelDirectory directory, torch.Device device) =>
        directory.Manifest.Architecture.Upsampler is { } sizes && directory.Manifest.Weights.Upsampler is { } file
            ? FamilyFiles.Read(Upsamplers.Create(sizes, device), directory, file, "weights.upsampler")
            : null;
}
