using Parti.Models.Checkpoints;

namespace Parti.Benchmarks.Published;

/// <summary>Tensors of the published image tokenizers, by the names of their authors.</summary>
static class ImageTokenizerTensors
{
    const int Channels = 128, Blocks = 2, Latent = 256;

    static readonly int[] Widths = [128, 128, 256, 256, 512];

    /// <summary>The VQGAN of taming-transformers with a factor of 16, and what its trainer leaves beside it.</summary>
    public static TensorList Taming(int codes) => VqGan(new(TensorDataType.F32), codes, Latent, isLlamaGen: false)
        .Convolution("loss.discriminator.main.0", 64, 3, 4).Convolution("loss.discriminator.main.11", 1, 512, 4);

    /// <summary>LlamaGen's, with the buffer that counts codes.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="prefix">What stands before every name.</param>
    public static TensorList LlamaGen(TensorDataType type = TensorDataType.F32, string prefix = "") =>
        VqGan(new(type, prefix), 16_384, 8, isLlamaGen: true).Add("quantize.codebook_used", 65_536);

    /// <summary>DALL·E mini's detokenizer: a taming decoder whose codebook has a shorter name.</summary>
    public static TensorList Detoker()
    {
        TensorList list = new TensorList(TensorDataType.F32).Add("embedding.weight", 16_384, Latent).Convolution("post_quant_conv", Latent, Latent, 1);
        return Decoder(list, isLlamaGen: false);
    }

    /// <summary>The ViT-VQGAN of enhancing-transformers, base size.</summary>
    public static TensorList VitVqGan()
    {
        const int Width = 768, Patch = 8, Grid = 32, Code = 32;
        TensorList list = new(TensorDataType.F32);
        list.Add("encoder.en_pos_embedding", 1, Grid * Grid, Width).Convolution("encoder.to_patch_embedding.0", Width, 3, Patch);
        Stack(list, "encoder", Width);
        list.Add("decoder.de_pos_embedding", 1, Grid * Grid, Width);
        Stack(list, "decoder", Width);
        list.Add("decoder.to_pixel.1.weight", Width, 3, Patch, Patch).Add("decoder.to_pixel.1.bias", 3);
        return list.Add("quantizer.embedding.weight", 8_192, Code).Linear("pre_quant", Code, Width).Linear("post_quant", Width, Code)
            .Convolution("loss.discriminator.blocks.0", 64, 3, 3);
    }

    static void Stack(TensorList list, string half, int width)
    {
        const int Layers = 12;
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"{half}.transformer.layers.{layer}";
            list.Norm($"{at}.0.norm", width).Matrix($"{at}.0.fn.to_qkv", 3 * width, width).Linear($"{at}.0.fn.to_out", width, width)
                .Norm($"{at}.1.norm", width).Linear($"{at}.1.fn.net.0", 4 * width, width).Linear($"{at}.1.fn.net.2", width, 4 * width);
        }
        list.Norm($"{half}.transformer.norm", width);
    }

    static TensorList VqGan(TensorList list, int codes, int code, bool isLlamaGen)
    {
        int deepest = Widths[^1], before = Channels;
        list.Convolution("encoder.conv_in", Channels, 3, 3);
        for (int level = 0; level < Widths.Length; level++)
        {
            string at = isLlamaGen ? $"encoder.conv_blocks.{level}" : $"encoder.down.{level}";
            Level(list, at, before, before = Widths[level], Blocks, level == Widths.Length - 1, isLlamaGen);
            if (level < Widths.Length - 1)
            {
                list.Convolution($"{at}.downsample.conv", before, before, 3);
            }
        }
        Middle(list, "encoder", deepest, isLlamaGen);
        list.Norm("encoder.norm_out", deepest).Convolution("encoder.conv_out", Latent, deepest, 3);
        Decoder(list, isLlamaGen);
        return list.Add("quantize.embedding.weight", codes, code).Convolution("quant_conv", code, Latent, 1).Convolution("post_quant_conv", Latent, code, 1);
    }

    static TensorList Decoder(TensorList list, bool isLlamaGen)
    {
        int before = Widths[^1];
        list.Convolution("decoder.conv_in", before, Latent, 3);
        Middle(list, "decoder", before, isLlamaGen);
        for (int level = Widths.Length - 1; level >= 0; level--)
        {
            string at = isLlamaGen ? $"decoder.conv_blocks.{Widths.Length - 1 - level}" : $"decoder.up.{level}";
            Level(list, at, before, before = Widths[level], Blocks + 1, level == Widths.Length - 1, isLlamaGen);
            if (level > 0)
            {
                list.Convolution($"{at}.upsample.conv", before, before, 3);
            }
        }
        return list.Norm("decoder.norm_out", before).Convolution("decoder.conv_out", 3, before, 3);
    }

    static void Level(TensorList list, string at, int inputs, int outputs, int blocks, bool attends, bool isLlamaGen)
    {
        for (int block = 0; block < blocks; block++)
        {
            Block(list, $"{at}.{(isLlamaGen ? "res" : "block")}.{block}", block == 0 ? inputs : outputs, outputs);
            if (attends)
            {
                Attention(list, $"{at}.attn.{block}", outputs);
            }
        }
    }

    static void Middle(TensorList list, string half, int width, bool isLlamaGen)
    {
        string[] names = isLlamaGen ? ["0", "1", "2"] : ["block_1", "attn_1", "block_2"];
        Block(list, $"{half}.mid.{names[0]}", width, width);
        Attention(list, $"{half}.mid.{names[1]}", width);
        Block(list, $"{half}.mid.{names[2]}", width, width);
    }

    static void Block(TensorList list, string at, int inputs, int outputs)
    {
        list.Norm($"{at}.norm1", inputs).Convolution($"{at}.conv1", outputs, inputs, 3).Norm($"{at}.norm2", outputs).Convolution($"{at}.conv2", outputs, outputs, 3);
        if (inputs != outputs)
        {
            list.Convolution($"{at}.nin_shortcut", outputs, inputs, 1);
        }
    }

    static void Attention(TensorList list, string at, int width)
    {
        list.Norm($"{at}.norm", width);
        foreach (string matrix in new[] { "q", "k", "v", "proj_out" })
        {
            list.Convolution($"{at}.{matrix}", width, width, 1);
        }
    }
}
