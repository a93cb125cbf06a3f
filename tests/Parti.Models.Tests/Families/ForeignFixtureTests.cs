using System.Text.Json;
using System.Text.Json.Nodes;
using Parti.Models.Checkpoints;
using Parti.Models.Families;
using Parti.Models.Families.Importing;
using Parti.Models.Families.Parity;
using Parti.Models.Tests.Checkpoints;
using TorchSharp;

namespace Parti.Models.Tests.Families;

/// <summary>The originals' fixtures as somebody else would have written them: other containers, keys, precisions, and damage.</summary>
public sealed class ForeignFixtureTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public static TheoryData<string> Fixtures =>
        ["llamagen/gpt-t2i", "llamagen/gpt-c2i", "llamagen/vq8", "t5-encoder/tiny", "taming-vqgan/f16", "vit-vqgan/tiny", "parti-pytorch/tiny"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Run_SafeTensorsInPlaceOfTorch_StaysWithinItsTolerances(string fixture) => RequirePassed(Rewritten(fixture, weights => Write(weights, "weights.safetensors")));

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Run_TwoShardsWithAnIndex_StaysWithinItsTolerances(string fixture) => RequirePassed(Rewritten(fixture, weights =>
    {
        string[] shards = ["a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors"];
        Dictionary<string, string> map = weights.Keys.Index().ToDictionary(key => key.Item, key => shards[key.Index % 2]);
        foreach (string shard in shards)
        {
            Write(weights.Where(pair => map[pair.Key] == shard).ToDictionary(), shard);
        }
        File.WriteAllText(_folder["a.safetensors.index.json"], JsonSerializer.Serialize(new { weight_map = map }));
    }));

    [Theory]
    [InlineData("llamagen/gpt-t2i", "module.")]
    [InlineData("llamagen/vq8", "model.")]
    [InlineData("t5-encoder/tiny", "module._orig_mod.")]
    [InlineData("taming-vqgan/f16", "state_dict.model.")]
    [InlineData("vit-vqgan/tiny", "_orig_mod.")]
    [InlineData("parti-pytorch/tiny", "module.")]
    public void Run_PrefixBeforeEveryKey_StaysWithinItsTolerances(string fixture, string prefix) =>
        RequirePassed(Rewritten(fixture, weights => Write(weights.ToDictionary(pair => prefix + pair.Key, pair => pair.Value), "weights.safetensors")));

    [Theory]
    [InlineData("t5-encoder/tiny", "shared.weight")]
    [InlineData("t5-encoder/tiny", "encoder.embed_tokens.weight")]
    [InlineData("parti-pytorch/tiny", "to_logits.weight")]
    public void Run_OneOfTwoTiedNames_StaysWithinItsTolerances(string fixture, string left) =>
        RequirePassed(Rewritten(fixture, weights => Write(weights.Where(pair => pair.Key != left).ToDictionary(), "weights.safetensors")));

    [Theory]
    [InlineData(torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void Import_HalfPrecision_KeepsItAndVerifies(torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Rewritten("taming-vqgan/f16", weights => Write(weights.ToDictionary(pair => pair.Key, pair => pair.Value.to(type)), "weights.safetensors"));
        using ImportSource source = ImportSource.Open(_folder["weights.safetensors"]);
        IModelFamily family = ModelFamilies.Recognise(source);

        ModelImporter.Run(source, family, family.Plan(source, new("half")), _folder["model"], null, TestContext.Current.CancellationToken);

        Assert.All(ModelVerification.Run(_folder["model"], TestContext.Current.CancellationToken), check => Assert.True(check.Ok, check.Message));
        using SafeTensorsReader written = SafeTensorsReader.Open(_folder["model/image_tokenizer.safetensors"]);
        Assert.All(written.Names, name => Assert.Equal(type == torch.ScalarType.Float16 ? TensorDataType.F16 : TensorDataType.BF16, written.Info(name).Type));
    }

    [Fact]
    public void Run_ManifestWithUnknownKeys_StaysWithinItsTolerances()
    {
        string folder = Copied("vit-vqgan/tiny");
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, Fixture.ManifestName)))!.AsObject();
        manifest["colour"] = new JsonObject { ["deep"] = new JsonArray(1, "two", null) };
        manifest["tensors"] = new JsonArray([.. manifest["tensors"]!.AsArray().Reverse().Select(tensor => tensor!.DeepClone())]);
        manifest["config"]!["unheard_of"] = -1;
        File.WriteAllText(Path.Combine(folder, Fixture.ManifestName), manifest.ToJsonString());

        RequirePassed(folder);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Run_EveryGoldenTensorMissingInTurn_FailsThatRow(string fixture)
    {
        string folder = Copied(fixture);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> golden = Golden(folder);
        foreach (string missing in golden.Keys)
        {
            WriteGolden(folder, golden.Where(pair => pair.Key != missing).ToDictionary());

            ParityReport report = Run(folder);

            Assert.False(report.Passed);
            Assert.Contains("does not hold it", Assert.Single(report.Rows, row => row.Name == missing).Note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Run_EveryGoldenTensorOfAnotherShapeInTurn_FailsThatRow(string fixture)
    {
        string folder = Copied(fixture);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> golden = Golden(folder);
        foreach ((string name, torch.Tensor value) in golden)
        {
            WriteGolden(folder, golden.ToDictionary(pair => pair.Key, pair => pair.Key == name ? torch.stack([value, value]) : pair.Value));

            ParityReport report = Run(folder);

            Assert.False(report.Passed);
            Assert.Contains("the manifest says", Assert.Single(report.Rows, row => row.Name == name).Note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("llamagen/gpt-t2i", "forced.cfg.scale")]
    [InlineData("t5-encoder/tiny", "prompt_index")]
    [InlineData("vit-vqgan/tiny", "encode.pixels")]
    [InlineData("parti-pytorch/tiny", "text.embeds")]
    public void Run_InputThatNobodyNamesMissing_SaysWhatStopped(string fixture, string missing)
    {
        string folder = Copied(fixture), manifest = Path.Combine(folder, Fixture.ManifestName);
        JsonObject json = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        json.Remove("tensors");
        File.WriteAllText(manifest, json.ToJsonString());
        using DisposeScope scope = torch.NewDisposeScope();
        WriteGolden(folder, Golden(folder).Where(pair => pair.Key != missing).ToDictionary());

        ParityReport report = Run(folder);

        Assert.False(report.Passed);
        Assert.Contains(report.Rows, row => row.Name.StartsWith('(') && row.Note.Contains(missing, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_ReferenceThatIsNotANumber_FailsThatRowAndSaysWhy()
    {
        string folder = Copied("vit-vqgan/tiny");
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> golden = Golden(folder);
        golden["decode.pixels"] = torch.full_like(golden["decode.pixels"], float.NaN.ToScalar());
        WriteGolden(folder, golden);

        ParityReport report = Run(folder);

        ParityRow failed = Assert.Single(report.Rows, row => !row.Passed);
        Assert.Equal(("decode.pixels", double.PositiveInfinity), (failed.Name, failed.MaxError));
        Assert.Contains("no numbers", failed.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CheckpointWithoutOneTensor_NamesIt()
    {
        string folder = Rewritten("llamagen/gpt-c2i", weights => Write(weights.Where(pair => pair.Key != "layers.1.ffn_norm.weight").ToDictionary(), "weights.safetensors"));

        ParityReport report = Run(folder);

        Assert.False(report.Passed);
        Assert.Contains("layers.1", Assert.Single(report.Rows, row => row.Name == "(llamagen)").Note, StringComparison.Ordinal);
    }

    private static void RequirePassed(string folder)
    {
        ParityReport report = Run(folder);
        Assert.True(report.Passed, string.Join('\n', report.Rows));
    }

    private static ParityReport Run(string folder)
    {
        using Fixture fixture = Fixture.Open(folder);
        return ParityCheck.Run(fixture, cancellationToken: TestContext.Current.CancellationToken);
    }

    // The fixture with its checkpoint in another form.
    private string Rewritten(string fixture, Action<Dictionary<string, torch.Tensor>> write)
    {
        string folder = Copied(fixture);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> weights;
        using (ImportSource source = ImportSource.Open(folder))
        {
            weights = Assert.Single(source.Checkpoints).Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.ToTensor(pair.Value.Type.ToScalarType()));
            source.Checkpoints[0].Files.ToList().ForEach(File.Delete);
        }
        write(weights);
        return folder;
    }

    private string Copied(string fixture)
    {
        foreach (string file in Directory.EnumerateFiles(FixtureFolder.Of(fixture)))
        {
            File.Copy(file, _folder[Path.GetFileName(file)]);
        }
        return _folder.Path;
    }

    private void Write(Dictionary<string, torch.Tensor> weights, string file) => SafeTensorsWriter.Write(_folder[file], weights);

    private static Dictionary<string, torch.Tensor> Golden(string folder)
    {
        using SafeTensorsReader reader = SafeTensorsReader.Open(Path.Combine(folder, Fixture.GoldenName));
        return reader.Names.ToDictionary(name => name, reader.ReadTensor);
    }

    // The project's own writer refuses numbers that are not finite, which golden tensors may hold.
    private static void WriteGolden(string folder, Dictionary<string, torch.Tensor> golden)
    {
        long at = 0;
        Dictionary<string, object> header = [];
        foreach ((string name, torch.Tensor value) in golden)
        {
            header[name] = new { dtype = $"{TensorDataTypes.FromScalarType(value.dtype)}", value.shape, data_offsets = new[] { at, at += value.bytes.Length } };
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        File.WriteAllBytes(
            Path.Combine(folder, Fixture.GoldenName),
            [.. BitConverter.GetBytes((long)json.Length), .. json, .. golden.Values.SelectMany(value => value.contiguous().bytes.ToArray())]);
    }
}
