using Parti.Inference.Kernels;
using Parti.Inference.Kernels.Pictures;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Images;
using Parti.Models.Families.Parity;
using Parti.Models.ImageTokenizer;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Parti.Inference.Families;

/// <summary>Lays out the decoder of a VQGAN for the kernels.</summary>
static class VqGanKernels
{
    // Four times the weights of wider layers would be most of the model, and there are few cells there.
    private const int MostTransformed = 256 * 512;

    /// <summary>Lays out the weights and gives the module's own back, one after another: only codes and latents can be computed with it afterwards.</summary>
    /// <param name="tokenizer">The tokenizer, on a processor.</param>
    /// <param name="threads">Threads that share a picture, at least 1.</param>
    public static MapDecoder Take(VqGan tokenizer, int threads)
    {
        using IDisposable noGradient = torch.no_grad();
        IReadOnlyDictionary<string, Parameter> parameters = tokenizer.DecoderParameters();
        VqGanArchitecture sizes = tokenizer.Architecture.Convolutions!;
        Layout layout = new(sizes, name =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            float[] values = parameters[name].data<float>().ToArray();
            parameters[name].set_(torch.empty(0));
            return values;
        });
        return layout.Decoder(threads);
    }

    /// <summary>Pictures of a fixture's tokens.</summary>
    /// <param name="family">A family that recognises it.</param>
    /// <param name="fixture">The fixture.</param>
    /// <returns>Outputs marked as the kernels'; they live until the next is asked for.</returns>
    public static IEnumerable<FixtureOutput> Run(VqGanFamily family, Fixture fixture)
    {
        using IDisposable noGradient = torch.no_grad();
        using VqGan tokenizer = family.Load(fixture);
        using MapDecoder decoder = Take(tokenizer, torch.get_num_threads());
        foreach (FixtureOutput output in family.Open(fixture, tokenizer).Decode(latents => Decode(decoder, latents), "kernels"))
        {
            yield return output;
        }
    }

    /// <summary>Pixels of pictures, one after another, in the network's own range.</summary>
    /// <param name="decoder">The kernels.</param>
    /// <param name="latents"><c>[B, Z, h, w]</c>.</param>
    /// <returns><c>[B, 3, H, W]</c>.</returns>
    public static torch.Tensor Decode(MapDecoder decoder, torch.Tensor latents)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int pictures, int height, int width) = ((int)latents.shape[0], (int)latents.shape[2], (int)latents.shape[3]);
        float[] values = latents.contiguous().data<float>().ToArray();
        int size = values.Length / pictures;
        float[] pixels = [.. Enumerable.Range(0, pictures).SelectMany(i => decoder.Run(values.AsSpan(i * size, size), height, width))];
        int edge = (int)Math.Sqrt(pixels.Length / (3L * pictures * height * width));
        return torch.tensor(pixels, [pictures, 3, edge * height, edge * width]).MoveToOuterDisposeScope();
    }

    /// <summary>Layers by their names.</summary>
    private sealed class Layout(VqGanArchitecture sizes, Func<string, float[]> take)
    {
        public MapDecoder Decoder(int threads)
        {
            IReadOnlyList<int> channels = sizes.LevelChannels;
            int deepest = channels[^1];
            List<MapLevel> levels =
            [
                new([Block("mid_first", deepest, deepest)], [Attention("mid_attention", deepest)], null),
                new([Block("mid_last", deepest, deepest)], [], null),
            ];
            for (int level = channels.Count - 1; level >= 0; level--)
            {
                levels.Add(Level(level, level == channels.Count - 1 ? deepest : channels[level + 1], channels[level]));
            }
            return new(new KernelTeam(threads), Convolve("conv_in", sizes.LatentChannels), levels, Norm("norm_out"), Convolve("conv_out", channels[0]));
        }

        private MapLevel Level(int level, int inputs, int outputs)
        {
            string name = $"levels.{level}";
            IEnumerable<int> blocks = Enumerable.Range(0, sizes.Blocks + 1);
            return new(
                [.. blocks.Select(i => Block($"{name}.blocks.{i}", i == 0 ? inputs : outputs, outputs))],
                sizes.AttentionLevels.Contains(level) ? [.. blocks.Select(i => Attention($"{name}.attention.{i}", outputs))] : [],
                level > 0 ? Convolve($"{name}.resample", outputs) : null);
        }

        private MapBlock Block(string name, int inputs, int outputs) => new(
            Norm($"{name}.norm1"), Convolve($"{name}.conv1", inputs), Norm($"{name}.norm2"), Convolve($"{name}.conv2", outputs),
            inputs == outputs ? null : Point($"{name}.shortcut", inputs));

        private MapAttention Attention(string name, int channels) => new(
            Norm($"{name}.norm"), Point($"{name}.query", channels), Point($"{name}.key", channels), Point($"{name}.value", channels), Point($"{name}.output", channels));

        private GroupNormWeights Norm(string name) => new(sizes.NormGroups, sizes.NormEpsilon, take($"{name}.weight"), take($"{name}.bias"));

        private DirectConvolution Point(string name, int inputs) => new(inputs, 1, take($"{name}.weight"), take($"{name}.bias"));

        private Convolution Convolve(string name, int inputs)
        {
            (float[] weights, float[] bias) = (take($"{name}.weight"), take($"{name}.bias"));
            return inputs * bias.Length > MostTransformed ? new DirectConvolution(inputs, 3, weights, bias) : new WinogradConvolution(inputs, weights, bias);
        }
    }
}
