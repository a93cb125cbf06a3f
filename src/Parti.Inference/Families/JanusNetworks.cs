using Parti.Inference.Execution;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Janus;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>Janus and Janus-Pro: the prompt's embeddings before the image.</summary>
public sealed class JanusNetworks : PrefixNetworks
{
    private readonly JanusModel _model;

    /// <summary>Takes networks.</summary>
    /// <param name="model">The transformer; owned from now on.</param>
    /// <param name="pictures">Tokens to pictures; owned from now on.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="format">How the decoder's matrices are kept by the kernels.</param>
    internal JanusNetworks(JanusModel model, PictureNetworks pictures, torch.Device device, WeightFormat format = WeightFormat.Float32)
        : base(model, pictures, device, format)
    {
        _model = model;
    }

    /// <summary>Reads the networks of a model directory.</summary>
    /// <param name="directory">A model directory of family <c>janus</c>.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="share">What is loaded.</param>
    /// <exception cref="CheckpointException">A file that is read differs from its hash, or a tensor is missing, left over or of another shape; names it.</exception>
    public static JanusNetworks Load(ModelDirectory directory, torch.Device device, ModelShare share)
    {
        ModelManifest manifest = directory.Manifest;
        TransformerArchitecture sizes = manifest.Architecture.Transformer;
        Func<string, bool> isOwn = PrefixKernels.JanusNames.Of(share, sizes.DecoderLayers);
        share.RequireIntact(directory, isOwn);
        JanusModel model = FamilyFiles.Read(
            JanusSettings.Of(manifest).Create(share.Of(sizes), device), directory, manifest.Weights.Transformer, "weights.transformer", isOwn);
        return new(model, PictureNetworks.Load(directory, device, share), device, manifest.DecoderWeights) { Share = share };
    }

    /// <inheritdoc />
    public override torch.Tensor EncodeText(torch.Tensor ids, torch.Tensor mask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _model.Prompts(ids).mul(mask.unsqueeze(2)).MoveToOuterDisposeScope();
    }
}
