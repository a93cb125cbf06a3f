using Parti.Inference.Execution;
using Parti.Models.Checkpoints;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.T5;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>LlamaGen: a class's embedding, or a caption's T5 states, before the image.</summary>
public sealed class LlamaGenNetworks : PrefixNetworks
{
    private readonly LlamaGenModel _model;
    private readonly T5Encoder? _encoder;

    /// <summary>Takes networks.</summary>
    /// <param name="model">The decoder; owned from now on.</param>
    /// <param name="encoder">The text encoder of a model of captions where it is loaded, else null; owned from now on.</param>
    /// <param name="pictures">Tokens to pictures; owned from now on.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="format">How the decoder's matrices are kept by the kernels.</param>
    internal LlamaGenNetworks(LlamaGenModel model, T5Encoder? encoder, PictureNetworks pictures, torch.Device device, WeightFormat format = WeightFormat.Float32)
        : base(model, pictures, device, format, encoder is null ? [] : [encoder])
    {
        (_model, _encoder) = (model, encoder);
    }

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory of family <c>llamagen</c>.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="share">What is loaded.</param>
    /// <exception cref="CheckpointException">A file that is read differs from its hash, or a tensor is missing, left over or of another shape; names it.</exception>
    public static LlamaGenNetworks Load(ModelDirectory directory, torch.Device device, ModelShare share)
    {
        ModelManifest manifest = directory.Manifest;
        TransformerArchitecture transformer = manifest.Architecture.Transformer;
        Func<string, bool> isOwn = PrefixKernels.LlamaGenNames.Of(share, transformer.DecoderLayers);
        share.RequireIntact(directory, isOwn);
        LlamaGenSettings settings = LlamaGenSettings.Of(manifest);
        T5Encoder? encoder = settings.TextEncoder is { } sizes && share.Has(ModelParts.Text)
            ? FamilyFiles.Read(new T5Encoder(sizes, device), directory, manifest.Weights.TextEncoder, "weights.text_encoder")
            : null;
        LlamaGenModel model = FamilyFiles.Read(settings.Create(share.Of(transformer), device), directory, manifest.Weights.Transformer, "weights.transformer", isOwn);
        return new(model, encoder, PictureNetworks.Load(directory, device, share), device, manifest.DecoderWeights) { Share = share };
    }

    /// <inheritdoc />
    public override torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor states = _encoder is null ? _model.Classes(ids.squeeze(1)) : _model.Captions(_encoder.Encode(ids, mask));
        return states.mul(mask.unsqueeze(2)).MoveToOuterDisposeScope();
    }
}
