using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Text;
using Parti.Models.Transformer;
using Parti.Training.Data;
using Parti.Training.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Training.Drawing;

/// <summary>Grids that show how far a training is; the same weights and arguments give the same pixels.</summary>
public static class SampleSheets
{
    /// <summary>The file of a step below a training's folder, so named that files sort by step.</summary>
    /// <param name="step">Steps done, from 0.</param>
    public static string FileName(long step) => Path.Combine("samples", $"step-{step:D6}.png");

    /// <summary>Pictures above their reconstructions.</summary>
    /// <param name="tokenizer">Image tokenizer; stays in the mode it is in.</param>
    /// <param name="examples">At least one picture of the tokenizer's size.</param>
    public static PictureGrid Reconstructions(VitVqGan tokenizer, IReadOnlyList<Example> examples)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = Evaluating(tokenizer);
        Tensor pictures = PictureBytes.ToTensor([.. examples.Select(example => example.Pixels)], tokenizer.Architecture.ImageSize);
        byte[][] reconstructed = PictureBytes.From(tokenizer.Decode(tokenizer.Encode(pictures)));
        return PictureGrid.OfRows([.. examples.Select(example => new GridPicture(example.Pixels))], [.. reconstructed.Select((pixels, i) => new GridPicture(pixels, examples[i].Caption))]);
    }

    /// <summary>One sample a prompt, each with random numbers of its own.</summary>
    /// <param name="transformer">Transformer; stays in the mode it is in.</param>
    /// <param name="text">Text tokenizer.</param>
    /// <param name="tokenizer">Image tokenizer.</param>
    /// <param name="prompts">1 to 32 prompts.</param>
    /// <param name="setting">Guidance scale and temperature.</param>
    /// <param name="seed">Of the first picture; each next one takes the next.</param>
    public static PictureGrid Samples(
        PartiTransformer transformer, TextTokenizer text, VitVqGan tokenizer, IReadOnlyList<string> prompts, SamplingSetting setting, ulong seed)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable first = Evaluating(tokenizer), second = Evaluating(transformer);
        Tensor tokens = TokenSampling.Sample(transformer, text, prompts, setting, [.. prompts.Select((_, i) => unchecked(seed + (ulong)i))]);
        byte[][] pictures = PictureBytes.From(tokenizer.Decode(tokens));
        return new([.. pictures.Zip(prompts, (pixels, prompt) => new GridPicture(pixels, prompt))], (int)Math.Ceiling(Math.Sqrt(prompts.Count)));
    }

    /// <summary>Three rows: reconstructions as the upsampler gets them, its results, and the true large pictures.</summary>
    /// <param name="upsampler">Upsampler; stays in the mode it is in.</param>
    /// <param name="tokenizer">Image tokenizer in front of it.</param>
    /// <param name="pairs">Small and large pictures.</param>
    public static PictureGrid Upsampled(Upsampler upsampler, VitVqGan tokenizer, IReadOnlyList<(Example Small, Example Large)> pairs)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable first = Evaluating(tokenizer), second = Evaluating(upsampler);
        Tensor small = tokenizer.Decode(tokenizer.Encode(PictureBytes.ToTensor([.. pairs.Select(pair => pair.Small.Pixels)], tokenizer.Architecture.ImageSize)));
        return PictureGrid.OfRows(
            Row(PictureBytes.From(small), "small"),
            Row(PictureBytes.From(upsampler.forward(small)), "upsampled"),
            Row([.. pairs.Select(pair => pair.Large.Pixels)], "true"));
    }

    static GridPicture[] Row(byte[][] pictures, string label) => [.. pictures.Select(pixels => new GridPicture(pixels, label))];

    static IDisposable Evaluating(nn.Module network)
    {
        bool training = network.training;
        network.eval();
        return new Restored(network, training);
    }

    sealed class Restored(nn.Module network, bool training) : IDisposable
    {
        public void Dispose() => network.train(training);
    }
}
