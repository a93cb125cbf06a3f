using System.Runtime.InteropServices;
using Parti.Inference.Kernels;
using Parti.Inference.Sampling;
using Parti.Models.Checkpoints;
using Parti.Models.Families.MinDalle;
using Parti.Models.Families.Parity;
using Parti.Models.Layers;
using TorchSharp;

namespace Parti.Inference.Families;

/// <summary>A fixture's guided logits and greedy pictures by the kernels and the sampler that serve.</summary>
internal sealed class MinDalleKernelParity
{
    private const string Way = "kernels";
    private const float ForcedScale = 16;
    private const long PadId = 1;

    private readonly Fixture _fixture;
    private readonly MinDalleTransformer _network;
    private readonly KernelDecoder _decoder;

    private MinDalleKernelParity(Fixture fixture, MinDalleTransformer network, KernelDecoder decoder) => (_fixture, _network, _decoder) = (fixture, network, decoder);

    private TransformerArchitecture Sizes => _network.Decoder.Architecture;

    /// <summary>The outputs whose inputs the fixture has.</summary>
    public static IEnumerable<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using MinDalleTransformer network = MinDalleFamily.LoadTransformer(fixture.Source);
        Dictionary<string, torch.Tensor> weights = network.Decoder.state_dict();
        using KernelDecoder decoder = new(
            MinDalleKernels.Pack(network.Decoder.Architecture, network.Settings, name => weights[name].data<float>().ToArray()), 2, torch.get_num_threads());
        MinDalleKernelParity run = new(fixture, network, decoder);
        if (fixture.Contains("forced.cfg_logits"))
        {
            yield return new("forced.cfg_logits", run.Forced(), FixtureOutput.GuidedTolerance) { Way = Way };
        }

        for (int i = 0; fixture.Contains($"greedy{i}.image_tokens"); i++)
        {
            yield return new($"greedy{i}.image_tokens", run.Greedy(i)) { Way = Way };
        }
    }

    // [images, steps, V].
    private torch.Tensor Forced()
    {
        torch.Tensor images = _fixture.Read("forced.image_tokens");
        long[] steps = _fixture.Read("forced.steps").data<long>().ToArray();
        List<float> logits = [];
        for (int image = 0; image < images.shape[0]; image++)
        {
            Enter((long)Number("forced.text_prompt_index"));
            long[] tokens = images[image].contiguous().data<long>().ToArray();
            for (int position = 0; position <= steps.Max(); position++)
            {
                Step(position == 0 ? -1 : (int)tokens[position - 1], position);
                if (steps.Contains(position))
                {
                    logits.AddRange(Guided());
                }
            }
        }

        return torch.tensor(logits.ToArray(), [images.shape[0], steps.Length, Sizes.CodebookSize]);
    }

    private torch.Tensor Greedy(int run)
    {
        SamplingParams likeliest = new((float)Number($"greedy{run}.supercondition_factor"), 0, 0, 1);
        TokenSampler sampler = new(Sizes.CodebookSize);
        Enter((long)Number($"greedy{run}.prompt_index"));
        long[] tokens = new long[Sizes.ImageTokens];
        for (int position = 0; position < tokens.Length; position++)
        {
            Step(position == 0 ? -1 : (int)tokens[position - 1], position);
            tokens[position] = sampler.Sample(_decoder.Logits(0), _decoder.Logits(1), likeliest, new(0, 0, position));
        }

        return torch.tensor(tokens, [1, tokens.Length]);
    }

    // Row 0 reads the prompt, row 1 what stands for none.
    private void Enter(long prompt)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor ids = _fixture.Read("text.tokens")[prompt], mask = ids.ne(Scalars.Of(PadId));
        torch.Tensor states = _network.Encoder.Encode(ids, mask).contiguous();
        int size = Sizes.MaxTextTokens * Sizes.Width;
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(states.bytes);
        long[] lengths = mask.sum(1).data<long>().ToArray();
        for (int row = 0; row < 2; row++)
        {
            _decoder.Enter(row, values.Slice((1 - row) * size, (int)lengths[1 - row] * Sizes.Width).ToArray(), (int)lengths[1 - row]);
        }
    }

    private void Step(int token, int position) => _decoder.Step([new(0, token, position), new(1, token, position)]);

    private float[] Guided()
    {
        float[] prompt = _decoder.Logits(0).ToArray(), none = _decoder.Logits(1).ToArray();
        return [.. prompt.Zip(none, (c, u) => u + ForcedScale * (c - u))];
    }

    private double Number(string name) => _fixture.Read(name).to(torch.ScalarType.Float64).data<double>()[0];
}
