using System.Security.Cryptography;
using System.Text;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.ImageTokenizer;
using Parti.Models.Text;
using Parti.Models.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>The networks that a score measures, on the processor and in float32 whatever type they are stored in.</summary>
public sealed class EvaluatedModel : IDisposable
{
    readonly PartiTransformer? _transformer;
    readonly TextTokenizer? _text;

    /// <summary>Takes over networks; they go with this object.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="sampling">How it is sampled where nothing else is said.</param>
    /// <param name="imageTokenizer">Image tokenizer.</param>
    /// <param name="prompted">Transformer and text tokenizer; null where only reconstructions can be scored.</param>
    public EvaluatedModel(string name, SamplingDefaults sampling, IImageTokenizer imageTokenizer, (PartiTransformer Transformer, TextTokenizer Text)? prompted)
    {
        (Name, Sampling, ImageTokenizer) = (name, sampling, imageTokenizer);
        (_transformer, _text) = (prompted?.Transformer, prompted?.Text);
        ((nn.Module)imageTokenizer).eval();
        _transformer?.eval();
    }

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>How it is sampled where nothing else is said.</summary>
    public SamplingDefaults Sampling { get; }

    /// <summary>Image tokenizer.</summary>
    public IImageTokenizer ImageTokenizer { get; }

    /// <summary>Edge of its pictures in pixels.</summary>
    public int ImageSize => ImageTokenizer.Architecture.ImageSize;

    /// <summary>Whether it makes pictures from prompts, or only reconstructs pictures.</summary>
    public bool TakesPrompts => _transformer is not null;

    /// <summary>Reads a model directory after holding its files against the manifest.</summary>
    /// <param name="directory">A model directory; of family parti where it is to take prompts.</param>
    /// <param name="withTransformer">False reads the image tokenizer alone.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged, a tensor does not fit, or the model cannot be scored so.</exception>
    public static EvaluatedModel Open(ModelDirectory directory, bool withTransformer = true)
    {
        ModelManifest manifest = directory.Manifest;
        RequireScorable(manifest, withTransformer);
        directory.RequireIntact();
        IImageTokenizer images = ReadImages(directory);
        (PartiTransformer, TextTokenizer)? prompted = withTransformer
            ? (Read(new PartiTransformer(manifest.Architecture.Transformer), directory, manifest.Weights.Transformer), directory.LoadTextTokenizer())
            : null;
        EvaluatedModel model = new(manifest.Name, manifest.Sampling, images, prompted);
        if (withTransformer && manifest.DecoderWeights == WeightFormat.Int8)
        {
            model.QuantiseDecoder();
        }
        return model;
    }

    /// <summary>Image tokens of one sample a prompt.</summary>
    /// <inheritdoc cref="TokenSampling.Sample(PartiTransformer, TextTokenizer, IReadOnlyList{string}, SamplingSetting, ulong)"/>
    /// <exception cref="InvalidOperationException">It does not take prompts.</exception>
    public Tensor Sample(IReadOnlyList<string> prompts, SamplingSetting setting, ulong seed)
    {
        (PartiTransformer transformer, TextTokenizer text) = Prompted();
        return TokenSampling.Sample(transformer, text, prompts, setting, seed);
    }

    /// <summary>Image tokens of one sample a prompt, each with random numbers of its own.</summary>
    /// <inheritdoc cref="TokenSampling.Sample(PartiTransformer, TextTokenizer, IReadOnlyList{string}, SamplingSetting, IReadOnlyList{ulong})"/>
    /// <exception cref="InvalidOperationException">It does not take prompts.</exception>
    public Tensor Sample(IReadOnlyList<string> prompts, SamplingSetting setting, IReadOnlyList<ulong> seeds)
    {
        (PartiTransformer transformer, TextTokenizer text) = Prompted();
        return TokenSampling.Sample(transformer, text, prompts, setting, seeds);
    }

    /// <summary>What the pictures of a prompt depend on: a hash of every weight, 64 hexadecimal digits. Models of equal weights share it.</summary>
    public string Fingerprint()
    {
        using DisposeScope scope = NewDisposeScope();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (nn.Module network in new nn.Module?[] { (nn.Module)ImageTokenizer, _transformer }.OfType<nn.Module>())
        {
            foreach ((string name, Tensor value) in network.state_dict())
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join('x', value.shape)}\n"));
                hash.AppendData(value.detach().contiguous().bytes);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>How unlikely image tokens are under a prompt, without guidance and at temperature 1.</summary>
    /// <inheritdoc cref="TokenSampling.Surprise"/>
    /// <exception cref="InvalidOperationException">It does not take prompts.</exception>
    public Tensor Surprise(IReadOnlyList<string> prompts, Tensor tokens)
    {
        (PartiTransformer transformer, TextTokenizer text) = Prompted();
        return TokenSampling.Surprise(transformer, text, prompts, tokens);
    }

    /// <summary>Guided logits of every position of given pictures.</summary>
    /// <inheritdoc cref="TokenSampling.NextLogits"/>
    /// <exception cref="InvalidOperationException">It does not take prompts.</exception>
    public Tensor NextLogits(IReadOnlyList<string> prompts, Tensor tokens, double guidance)
    {
        (PartiTransformer transformer, TextTokenizer text) = Prompted();
        return TokenSampling.NextLogits(transformer, text, prompts, tokens, guidance);
    }

    /// <summary>Goes on with what int8 leaves of the decoder's weights.</summary>
    /// <exception cref="InvalidOperationException">It does not take prompts.</exception>
    public void QuantiseDecoder() => Prompted().Transformer.QuantiseDecoder();

    /// <inheritdoc />
    public void Dispose()
    {
        ImageTokenizer.Dispose();
        _transformer?.Dispose();
    }

    (PartiTransformer Transformer, TextTokenizer Text) Prompted() => _transformer is not null && _text is not null
        ? (_transformer, _text)
        : throw new InvalidOperationException($"{Name} has no transformer; train or name one that has.");

    static void RequireScorable(ModelManifest manifest, bool withTransformer)
    {
        if (withTransformer && manifest.Family != ModelFamilies.Parti)
        {
            throw new CheckpointException($"{manifest.Name} is of family {manifest.Family}; pictures of prompts are scored for family {ModelFamilies.Parti} only.");
        }
        if (!withTransformer && manifest.Architecture.ImageTokenizer.Convolutions is { HasEncoder: false })
        {
            throw new CheckpointException($"{manifest.Name} has no encoder of pictures, so there is nothing to reconstruct.");
        }
    }

    static IImageTokenizer ReadImages(ModelDirectory directory)
    {
        using SafeTensorsReader reader = directory.OpenWeights(directory.Manifest.Weights.ImageTokenizer);
        return ImageTokenizers.Load(directory.Manifest.Architecture.ImageTokenizer, reader);
    }

    static T Read<T>(T network, ModelDirectory directory, string file)
        where T : nn.Module
    {
        using SafeTensorsReader reader = directory.OpenWeights(file);
        ModuleCheckpoint.Load(network, reader);
        return network;
    }
}
