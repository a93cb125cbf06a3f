using System.Text.Json;
using Parti.Models.Checkpoints;
using Parti.Models.Families.Importing;
using Parti.Models.Families.LlamaGen;
using Parti.Models.Families.Parity;
using Parti.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Parti.Models.Families.T5;

/// <summary>
/// Computes the outputs of a fixture of the text encoder. Ids come from the fixture's own texts where it brings them and the SentencePiece
/// model, else they are inputs.
/// </summary>
static class T5Parity
{
    private const string PromptsFile = "prompts.json", Ids = "input_ids", Mask = "attention_mask";

    internal static IReadOnlyList<FixtureOutput> Run(Fixture fixture)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        T5Source source = T5Source.Find(fixture.Source)!;
        using T5Encoder encoder = new(source.Sizes());
        SourceWeights.Load(encoder, source.Tensors(), fixture.DirectoryPath);
        List<FixtureOutput> outputs = fixture.Source.FileOf(PromptsFile) is { } file ? Text(fixture, file, source) : [];
        Tensor ids = outputs.Count > 0 ? outputs[0].Values : fixture.Read(Ids), mask = (outputs.Count > 0 ? outputs[1].Values : fixture.Read(Mask)).to(ScalarType.Bool);
        IReadOnlyList<Tensor> states = encoder.HiddenStates(ids, mask);
        outputs.AddRange(states.Select((state, i) => new FixtureOutput($"hidden.{i}", state)));
        outputs.Add(new("position_bias", encoder.DistanceBias(ids.shape[1])));
        Tensor last = encoder.Encode(ids, mask);
        outputs.Add(new("left_padded.caption", LeftPadded(last, mask)));
        outputs.Add(new("left_padded.mask", mask.flip(1).to(ScalarType.Int64)));
        outputs.ForEach(output => output.Values.MoveToOuterDisposeScope());
        return outputs;
    }

    private static List<FixtureOutput> Text(Fixture fixture, string file, T5Source source)
    {
        CaptionTokenizer tokenizer = new(TextTokenizer.Load(source.Pieces(), lowerCase: false));
        using Tensor indexes = fixture.Read("prompt_index"), expected = fixture.Expected(Ids);
        int length = (int)expected.shape[1];
        List<string> texts = Texts(file);
        List<long> ids = [], mask = [];
        foreach (long index in indexes.data<long>().ToArray())
        {
            int[] tokens = tokenizer.Encode(texts[(int)index], length).Ids;
            ids.AddRange(tokens.Concat(Enumerable.Repeat(tokenizer.PadId, length - tokens.Length)).Select(id => (long)id));
            mask.AddRange(Enumerable.Range(0, length).Select(i => i < tokens.Length ? 1L : 0));
        }
        return [new(Ids, tensor(ids).view(-1, length)), new(Mask, tensor(mask).view(-1, length))];
    }

    private static List<string> Texts(string file)
    {
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

    private static Tensor LeftPadded(Tensor states, Tensor mask)
    {
        long length = states.shape[1];
        return stack([.. Enumerable.Range(0, (int)states.shape[0]).Select(row => states[row].roll([length - mask[row].sum().item<long>()], [0]))]);
    }
}
