using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.Layers;
using Parti.Models.Text;
using static TorchSharp.torch;

namespace Parti.Models.Families.MinDalle;

/// <summary>Computes the outputs of a fixture of the family by the plain path: text and encoder here, the decoder's in <see cref="MinDalleDecoderParity"/>.</summary>
internal static class MinDalleParity
{
    private const string PromptsFile = "prompts.json", Tokens = "text.tokens", Prompts = "encoder.prompt_index";
    private const long PadId = 1;

    /// <summary>The outputs, in the order of the work.</summary>
    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using MinDalleTransformer network = Load(fixture.Source);
        List<FixtureOutput> outputs = [.. Text(fixture), .. Encoder(fixture, network), .. new MinDalleDecoderParity(fixture, network).Run()];
        return [.. outputs, .. MinDalleDetokenizerParity.Run(fixture, outputs)];
    }

    /// <summary>The transformer of a source, its weights as published.</summary>
    internal static MinDalleTransformer Load(ImportSource source)
    {
        MinDalleSource found = MinDalleSource.Of(source);
        MinDalleTransformer network = new(found.Sizes(), found.Settings());
        SourceWeights.Load(network, found.TransformerTensors(), source.Path);
        network.eval();
        return network;
    }

    /// <summary>States of a prompt and of no prompt beside it.</summary>
    /// <param name="fixture">The fixture, whose token rows are the input.</param>
    /// <param name="network">The transformer.</param>
    /// <param name="prompt">Index of the prompt.</param>
    /// <param name="outputs">See <see cref="MinDalleEncoder.Encode"/>.</param>
    /// <returns>States <c>[2, T, D]</c>, unconditional first, and which tokens are real <c>[2, T]</c>.</returns>
    internal static (Tensor States, Tensor Mask) Encode(Fixture fixture, MinDalleTransformer network, long prompt, Action<int, Tensor>? outputs = null)
    {
        using Tensor all = fixture.Read(Tokens);
        using Tensor ids = all.select(0, prompt);
        Tensor mask = ids.ne(Scalars.Of(PadId));
        return (network.Encoder.Encode(ids, mask, outputs), mask);
    }

    private static IEnumerable<FixtureOutput> Text(Fixture fixture)
    {
        MinDalleSource source = MinDalleSource.Of(fixture.Source);
        (string vocabulary, string merges) = source.TextFiles();
        MinDalleTokenizer tokenizer = MinDalleTokenizer.Load(vocabulary, merges);
        int length = source.Sizes().MaxTextTokens;
        long[] ids = [.. Texts(fixture).SelectMany(text => Rows(tokenizer, text, length))];
        return [new(Tokens, tensor(ids, [ids.Length / (2 * length), 2, length]))];
    }

    private static List<string> Texts(Fixture fixture)
    {
        string file = Path.Combine(fixture.DirectoryPath, PromptsFile);
        try
        {
            using JsonDocument prompts = JsonDocument.Parse(File.ReadAllBytes(file));
            return [.. prompts.RootElement.EnumerateArray().Select(prompt => prompt.GetProperty("text").GetString()!)];
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointException($"{file} must be an array of objects with a text: {error.Message}", error);
        }
    }

    // The unconditional row, then the prompt's.
    private static IEnumerable<long> Rows(MinDalleTokenizer tokenizer, string text, int length)
    {
        TextTokens prompt = tokenizer.Encode(text, length), unconditional = tokenizer.Unconditional(prompt) ?? tokenizer.Encode("", length);
        return new[] { unconditional, prompt }
            .SelectMany(tokens => tokens.Ids.Concat(Enumerable.Repeat(tokenizer.PadId, length - tokens.Ids.Length)))
            .Select(id => (long)id);
    }

    private static List<FixtureOutput> Encoder(Fixture fixture, MinDalleTransformer network)
    {
        using Tensor indexes = fixture.Read(Prompts);
        long[] prompts = indexes.data<long>().ToArray();
        List<FixtureOutput> outputs = [];
        List<Tensor> states = [];
        foreach (long prompt in prompts)
        {
            (Tensor state, Tensor mask) = Encode(fixture, network, prompt, (stage, x) =>
            {
                string name = stage == 0 ? "encoder.after_embedding" : $"encoder.after_layer{stage - 1}";
                if (prompt == prompts[0] && fixture.Contains(name))
                {
                    outputs.Add(new(name, x.clone().DetachFromDisposeScope()));
                }
            });
            mask.Dispose();
            states.Add(state);
        }

        outputs.Add(new("encoder.states", stack(states)));
        states.ForEach(state => state.Dispose());
        return outputs;
    }
}
