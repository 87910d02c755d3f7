"""Unit tests of the training folder: `./run.sh test`. Fast, without data or network."""

import random
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from augment import augment, crop_photos, on_white
from bpe import Tokenizer, learn
from captions import DRAWING, PHOTOGRAPH, Caption, colour_name, natural, with_article
from config import IMAGE_SIZE, Model, Training
from dataset import TrainingData, sampling_weights
from export import export_float, quantise, quantise_graph
from metrics import auc, chance_of_hit, measure, recall
from model import TinyClip
from photo_captions import asked_for
from photos import Photo, centre_square, read_photos, trained
from teacher import TEMPERATURE, Teacher
from train import contrastive_loss, learning_rate
from warm_start import module_path, warm_start
from words import concept_key, indefinite, singular

TEXTS = Counter({"a red apple": 9, "a green apple": 7, "一只狗": 3, "two red dogs": 4})


class Words(unittest.TestCase):
    def test_plural_and_article_make_no_new_concept(self) -> None:
        self.assertEqual(concept_key("The 2 Cats"), concept_key("a cat"))
        self.assertEqual([singular(w) for w in ("berries", "boxes", "glass", "bus")], ["berry", "box", "glass", "bus"])

    def test_captions_read_naturally(self) -> None:
        self.assertEqual(with_article("owl"), "an owl")
        self.assertEqual(with_article("grapes"), "grapes")

    def test_articles_go_by_sound(self) -> None:
        path = Path(__file__).parents[2] / "test/fixtures/words/articles.txt"
        for line in path.read_text().splitlines():
            self.assertEqual(indefinite(line.partition(" ")[2]), line)
            self.assertEqual(asked_for(line.partition(" ")[2]), line)
        self.assertEqual(natural("flag, chad"), "flag of chad")

    def test_colour_names_follow_the_hue_circle(self) -> None:
        hues = [(0, "red"), (30, "orange"), (55, "yellow"), (120, "green"), (220, "blue"), (275, "purple"), (320, "pink")]
        self.assertEqual([colour_name(h, 0.5, 0.9) for h, _ in hues], [n for _, n in hues])
        self.assertEqual(colour_name(25, 0.25, 0.6), "brown")


class Bpe(unittest.TestCase):
    def setUp(self) -> None:
        self.tokenizer = Tokenizer(learn(TEXTS, 560))

    def test_frequent_words_become_one_piece(self) -> None:
        ids = self.tokenizer.encode("A RED apple")
        self.assertEqual(len(ids), 5)
        self.assertEqual((ids[0], ids[-1]), (self.tokenizer.start, self.tokenizer.end))

    def test_pieces_spell_the_text_again(self) -> None:
        by_id = {i: p for p, i in self.tokenizer.vocabulary.items()}
        word = "".join(by_id[i] for i in self.tokenizer.encode("zebra")[1:-1])
        self.assertEqual(word, "zebra</w>")

    def test_long_text_keeps_the_end_token(self) -> None:
        ids = self.tokenizer.encode("q " * 100)
        self.assertEqual((len(ids), ids[-1]), (32, self.tokenizer.end))


class Towers(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.model = TinyClip(Model(), 600, 3).eval()

    def test_padding_has_no_influence(self) -> None:
        ids = torch.tensor([[1, 5, 6, 2]])
        padded = torch.tensor([[1, 5, 6, 2, 9, 9, 9]])
        mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0]])
        with torch.no_grad():
            plain, longer = self.model.text(ids, torch.ones_like(ids)), self.model.text(padded, mask)
        # Sums over a different number of terms round differently: a few float32 steps of values near 1.
        self.assertLess((plain - longer).abs().max().item(), 5e-6)

    def test_image_embedding_is_the_mean_of_its_patches(self) -> None:
        with torch.no_grad():
            image, _, patches = self.model.vision(torch.rand(2, 3, IMAGE_SIZE, IMAGE_SIZE))
        self.assertEqual(patches.shape, (2, (IMAGE_SIZE // 16) ** 2, 256))
        self.assertTrue(torch.equal(image, patches.mean(1)))

    def test_smaller_pictures_give_fewer_patches(self) -> None:
        with torch.no_grad():
            self.assertEqual(self.model.vision(torch.rand(1, 3, 64, 64))[2].shape, (1, 16, 256))


class Loss(unittest.TestCase):
    def test_equals_the_textbook_form_with_one_positive(self) -> None:
        images, texts = torch.eye(3), torch.eye(3)
        expected = -torch.log(torch.e**torch.tensor(2.0) / (torch.e**torch.tensor(2.0) + 2))
        found = contrastive_loss(images, texts, torch.tensor(2.0), torch.eye(3), 0.0)
        self.assertAlmostEqual(found.item(), expected.item(), places=6)

    def test_two_positives_share_the_target(self) -> None:
        rows = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
        found = contrastive_loss(rows, rows, torch.tensor(5.0), torch.ones(2, 2), 0.0)
        self.assertAlmostEqual(found.item(), np.log(2), places=6)

    def test_texts_beyond_the_pictures_are_wrong_answers_of_pictures_only(self) -> None:
        images, texts, more = torch.eye(4)[:2], torch.eye(4)[:2], torch.eye(4)[2:]
        same = torch.eye(4)[:2]
        e = np.exp(2.0)
        expected = -(np.log(e / (e + 3)) + np.log(e / (e + 1))) / 2
        found = contrastive_loss(images, torch.cat([texts, more]), torch.tensor(2.0), same, 0.0)
        self.assertAlmostEqual(found.item(), expected, places=5)

    def test_teacher_is_content_when_neighbourhoods_agree(self) -> None:
        teacher = Teacher.__new__(Teacher)
        teacher.vectors = F.normalize(torch.randn(9, 5), dim=1)
        chosen = [1, 4, 7, 8]
        agreeing = teacher.loss(chosen, teacher.vectors[chosen], torch.tensor(1 / TEMPERATURE))
        for other in (torch.eye(4), F.normalize(torch.randn(4, 5), dim=1)):
            self.assertLess(agreeing.item(), teacher.loss(chosen, other, torch.tensor(1 / TEMPERATURE)).item())

    def test_learning_rate_rises_stays_and_falls(self) -> None:
        settings = Training(epochs=50, decay_epochs=23, warmup_epochs=1.0)
        values = [learning_rate(e, settings) for e in (0, 1, settings.epochs - settings.decay_epochs, settings.epochs)]
        self.assertLess(values[0], 0.02 * settings.learning_rate)
        self.assertEqual(values[1:3], [settings.learning_rate] * 2)
        self.assertAlmostEqual(values[3], 0.02 * settings.learning_rate)


class Pictures(unittest.TestCase):
    def test_transparent_pixels_become_white(self) -> None:
        clear = torch.zeros(1, 8, 8, 4, dtype=torch.uint8)
        self.assertTrue((on_white(clear) == 1).all())

    def test_augmentation_is_seeded_and_stays_in_range(self) -> None:
        pixels = torch.randint(0, 255, (6, IMAGE_SIZE, IMAGE_SIZE, 4), dtype=torch.uint8)
        flags = torch.tensor([True, False] * 3)
        results = []
        for _ in range(2):
            torch.manual_seed(3)
            results.append(augment(pixels, 64, 0.5, flags, flags))
        self.assertTrue(torch.equal(*results))
        self.assertEqual(results[0].shape, (6, 3, 64, 64))
        self.assertLessEqual(results[0].abs().max().item(), 1.0)


    def test_crops_of_photographs_are_seeded_and_stay_in_range(self) -> None:
        pixels = torch.randint(0, 255, (6, 144, 144, 3), dtype=torch.uint8)
        strong, aspects = torch.tensor([True, False] * 3), torch.linspace(0.75, 1.33, 6)
        results = []
        for _ in range(2):
            torch.manual_seed(3)
            results.append(crop_photos(pixels, aspects, 64, strong))
        self.assertTrue(torch.equal(*results))
        self.assertEqual(results[0].shape, (6, 3, 64, 64))
        self.assertTrue(0 <= results[0].min() and results[0].max() <= 1)

    def test_a_crop_undoes_the_squeeze(self) -> None:
        # A disc in a picture twice as wide as high is squeezed to half its width; crops of it must be round again on average.
        grid = torch.linspace(-1, 1, 144)
        disc = ((grid[None] * 2) ** 2 + grid[:, None] ** 2 < 0.16).to(torch.uint8) * 255
        pixels = disc[None, :, :, None].expand(400, -1, -1, 3)
        torch.manual_seed(0)
        crops = crop_photos(pixels, torch.full((400,), 2.0), 64, torch.zeros(400, dtype=torch.bool))[:, 0] > 0.5
        whole = crops[~(crops[:, 0].any(1) | crops[:, -1].any(1) | crops[:, :, 0].any(1) | crops[:, :, -1].any(1)) & crops.any(2).any(1)]
        ratio = (whole.any(1).sum(1) / whole.any(2).sum(1)).log().mean().exp().item()
        # Crops are 3/4 to 4/3 as wide as high; the mean of some hundred is well within a tenth of 1.
        self.assertAlmostEqual(ratio, 1.0, delta=0.1)


PHOTO_HEADER = "file,concept,captions,source,licence,attribution,url,split\n"


class Photographs(unittest.TestCase):
    def folder(self, rows: str) -> Path:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("a", "b", "c", "d"):
            Image.new("RGB", (40, 30), "red").save(folder / f"{name}.png")
        (folder / "photos.csv").write_text(PHOTO_HEADER + rows)
        return folder

    def test_only_the_training_split_is_trained_on(self) -> None:
        folder = self.folder(
            "a.png,dog,a dog|a pet,x,CC0 1.0,me,,train\nb.png,dog,a dog,x,CC0 1.0,me,,val\nc.png,pug,a pug,x,CC0 1.0,me,,test\n"
            "d.png,dog,a dog,x,CC BY-SA 1.0,me,,train\n")
        self.assertEqual([p.file for p in trained(read_photos(folder))], ["a.png"])

    def test_bad_rows_are_named(self) -> None:
        for row, message in (
            ("a.png,dog,a dog,x,CC0,me,,training", "line 2: split 'training'"),
            ("z.png,dog,a dog,x,CC0,me,,train", "line 2: file 'z.png' does not exist"),
            ("a.png,dog,|,x,CC0,me,,train", "line 2: a picture needs a concept"),
            ("a.png,dog,a dog,x,CC0,me,,train\na.png,dog,a dog,x,CC0,me,,train", "line 3: file 'a.png' is there twice"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                read_photos(self.folder(row + "\n"))

    def test_the_middle_square_is_cut_out(self) -> None:
        folder = self.folder("a.png,dog,a dog,x,CC0,me,,train\n")
        wide = Image.new("RGB", (60, 30), "blue")
        wide.paste("red", (15, 0, 45, 30))
        wide.save(folder / "a.png")
        square = centre_square(folder, read_photos(folder)[0], 16)
        # Bicubic resampling reaches two pixels beyond an edge.
        self.assertTrue((square[:, 2:-2] == (255, 0, 0)).all())

    def test_concepts_are_balanced_by_the_root_of_their_size(self) -> None:
        photos = [Photo(f"{n}", "dog" if n < 16 else "cat", ["x"], "any", "CC0", "train") for n in range(20)]
        weights = sampling_weights(photos)
        self.assertAlmostEqual(weights.sum(), 1.0)
        self.assertAlmostEqual(weights[:16].sum() / weights[16:].sum(), 4 / 2)

    def test_a_style_in_the_caption_is_true_of_that_style_only(self) -> None:
        data = TrainingData.__new__(TrainingData)
        data.phrases, data.titles = {0: {"dog", "animal"}, 1: {"cat", "animal"}}, {0: {"dog"}, 1: {"cat"}}
        data.breadth = Counter({"animal": 2})
        captions = [Caption("a drawing of a dog", "dog", DRAWING), Caption("a dog", "dog"), Caption("an animal", "animal"), Caption("a cat", "cat")]
        found = data.true_captions([0, 0, 1], [DRAWING, PHOTOGRAPH, PHOTOGRAPH], captions)
        self.assertEqual(found.tolist(), [[1, 1, 0.5, 0], [0, 1, 0.5, 0], [0, 0, 0.5, 1]])


class WarmStart(unittest.TestCase):
    def test_node_names_give_module_paths(self) -> None:
        self.assertEqual(module_path("/stem/stem.3/body/body.0/body.0.0/Conv"), "stem.3.body.0.0")
        self.assertEqual(module_path("/blocks.0/attention/qkv/MatMul"), "blocks.0.attention.qkv")

    def test_weights_read_back_give_the_same_embeddings(self) -> None:
        torch.manual_seed(0)
        shape = Model(embedding_dim=32, stem_channels=(8, 16, 16, 32), residual_blocks=(1, 1), vision_width=64, text_width=64)
        pixels, ids = torch.rand(24, 3, IMAGE_SIZE, IMAGE_SIZE), torch.randint(0, 90, (6, 5))
        first = TinyClip(shape, 100, 3)
        for _ in range(3):
            first.vision(pixels)
        first.eval()
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        export_float(first, folder)
        for tower in ("text", "vision"):
            quantise_graph(folder / f"onnx/{tower}_model.onnx", folder / f"onnx/{tower}_model_quantized.onnx")
        second = TinyClip(shape, 100, 3)
        warm_start(second, folder, pixels)
        second.eval()
        with torch.no_grad():
            pairs = [(m.images(pixels), m.texts(ids, torch.ones_like(ids))) for m in (first, second)]
        for a, b in zip(*pairs):
            # int8 weights: half a step of 127 on each, which leaves cosines above .999 in towers this small.
            self.assertGreater((a * b).sum(1).min().item(), 0.999)


class Export(unittest.TestCase):
    def test_int8_is_within_half_a_step_on_every_channel(self) -> None:
        weights = np.random.default_rng(0).normal(size=(7, 5, 3, 3)) * np.arange(1, 8).reshape(-1, 1, 1, 1)
        integers, scales = quantise(weights, 0)
        error = np.abs(integers * scales.reshape(-1, 1, 1, 1) - weights)
        # Scales are stored as float32, so the half step may be missed by its rounding.
        self.assertTrue((error <= scales.reshape(-1, 1, 1, 1) * 0.5001).all())


class Measures(unittest.TestCase):
    def test_recall_counts_ties_against(self) -> None:
        scores = np.array([[3.0, 1, 2], [1, 1, 0]])
        relevant = np.array([[False, False, True], [True, False, False]])
        self.assertEqual(recall(scores, relevant)["recall"], {"1": 0.0, "5": 1.0, "10": 1.0})

    def test_chance_matches_a_simulation(self) -> None:
        rng = random.Random(0)
        hits = sum(min(rng.sample(range(20), 3)) < 5 for _ in range(20000)) / 20000
        # Standard error of 20000 draws is under .004.
        self.assertAlmostEqual(chance_of_hit(20, 3, 5), hits, delta=0.015)

    def test_auc_matches_all_pairs(self) -> None:
        rng = np.random.default_rng(0)
        a, b = rng.integers(0, 5, 40), rng.integers(0, 4, 30)
        pairs = [(x > y) + 0.5 * (x == y) for x in a for y in b]
        self.assertAlmostEqual(auc(a, b), float(np.mean(pairs)), places=4)

    def test_perfect_embeddings_get_perfect_marks(self) -> None:
        result = measure(np.eye(6), np.eye(6), np.arange(6), np.array([0, 0, 0, 1, 1, 2]), 0)
        self.assertEqual(result["auc"], {"random": 1.0, "sameGroup": 1.0, "nearestCaption": 1.0})
        self.assertEqual(result["textToImage"]["recall"]["1"], 1.0)


if __name__ == "__main__":
    unittest.main()
